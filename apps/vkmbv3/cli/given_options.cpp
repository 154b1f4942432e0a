#include "cli/given_options.h"

#include "cli/usage_error.h"

#include <base/text.h>

#include <fmt/core.h>

#include <algorithm>

namespace vkm::apps {
namespace {

// Returns the option that an argument names: "--name", "--name=value", "-n", or null.
const CLI::Option* option_of(const std::string& argument, const CLI::App& command) {
    if (argument.starts_with("--"))
        return command.get_option_no_throw(argument.substr(0, argument.find('=')));
    if (argument.size() < 2 || argument[0] != '-') return nullptr;
    return command.get_option_no_throw(argument.substr(0, 2));
}

// Returns a value that stands in the option's own argument; empty in "--name=".
std::optional<std::string> attached_value(const std::string& argument) {
    if (argument.starts_with("--")) {
        const size_t equals = argument.find('=');
        if (equals == std::string::npos) return {};
        return argument.substr(equals + 1);
    }
    if (argument.size() == 2) return {};
    return argument.substr(2);
}

}  // namespace

std::string long_name(const CLI::Option& option) {
    return option.get_lnames().empty() ? std::string() : option.get_lnames().front();
}

// Splits arguments as CLI11 will read them: an option that takes a value takes whatever comes next, and after
// "--" there are no options.
GivenOptions::GivenOptions(std::vector<std::string> arguments, const CLI::App& command)
    : arguments_(std::move(arguments)), command_(command) {
    for (size_t i = 0; i < arguments_.size(); ++i) {
        if (arguments_[i] == "--") {
            has_empty_argument_ |= std::find(arguments_.begin() + static_cast<ptrdiff_t>(i), arguments_.end(),
                                             "") != arguments_.end();
            break;
        }
        has_empty_argument_ |= arguments_[i].empty();
        const CLI::Option* const option = option_of(arguments_[i], command);
        if (option == nullptr) continue;
        Given given{long_name(*option), attached_value(arguments_[i])};
        const bool takes_value = option->get_items_expected_min() > 0;
        if (!given.value && takes_value && i + 1 < arguments_.size()) given.value = arguments_[++i];
        given_.push_back(std::move(given));
    }
}

const GivenOptions::Given* GivenOptions::find(std::string_view name) const {
    const auto found = std::ranges::find(given_, name, &Given::name);
    return found == given_.end() ? nullptr : &*found;
}

void GivenOptions::refuse_empty_values() const {
    for (const Given& given : given_)
        if (given.value && given.value->empty())
            throw UsageError(fmt::format(
                "--{} has an empty value, as of a variable that is not set; give it one, or leave it out",
                given.name));
    if (has_empty_argument_)
        throw UsageError(fmt::format(
            "an argument of {0} is empty, as of a variable that is not set; see vkmbv3 {0} --help",
            command_.get_name()));
}

std::optional<std::string> GivenOptions::value(std::string_view option) const {
    const Given* const given = find(option);
    return given == nullptr ? std::nullopt : given->value;
}

std::string GivenOptions::known_name(const std::string& name, const std::string& source) const {
    const CLI::Option* const known = command_.get_option_no_throw("--" + name);
    if (known == nullptr || name == "config" || name == "help")
        throw UsageError(fmt::format("{}: unknown option '{}'{}; see vkmbv3 {} --help", source, name,
                                     nearest_option(name, command_), command_.get_name()));
    return long_name(*known);
}

bool GivenOptions::hangs_on_another_choice(const std::string& name, const OptionValues& values,
                                           std::span<const Choice> choices) const {
    return std::ranges::any_of(choices, [&](const Choice& choice) {
        if (std::ranges::find(choice.others, name) == choice.others.end()) return false;
        const Given* const given = find(choice.option);
        if (given == nullptr) return false;
        const std::string chosen = given->value.value_or("true");
        if (!choice.off.empty()) return chosen == choice.off;
        const auto own = std::ranges::find(values, choice.option, &OptionValues::value_type::first);
        return chosen != (own != values.end() ? own->second
                                              : command_.get_option("--" + choice.option)->get_default_str());
    });
}

std::vector<std::string> GivenOptions::add(const OptionValues& values, const std::string& source,
                                           std::span<const Choice> choices) {
    std::vector<std::string> added, left_out;
    std::vector<Given> now_given;
    for (const auto& [spelling, value] : values) {
        const std::string name = known_name(spelling, source);
        // "--name=" would take the next argument for its value.
        if (value.empty())
            throw UsageError(
                fmt::format("{}: '{}' has no value; give it one, or leave it out", source, spelling));
        if (find(name) != nullptr) continue;
        if (hangs_on_another_choice(name, values, choices)) {
            left_out.push_back(name);
            continue;
        }
        added.push_back(fmt::format("--{}={}", spelling, value));
        now_given.push_back({name, value});
    }
    // In front, so that they come neither after a "--" nor after an option that lacks its value
    // and would take them for it.
    arguments_.insert(arguments_.begin(), added.begin(), added.end());
    given_.insert(given_.end(), now_given.begin(), now_given.end());
    return left_out;
}

std::string nearest_option(const std::string& misspelt, const CLI::App& command) {
    std::vector<std::string_view> names;
    for (const CLI::Option* option : command.get_options())
        for (const std::string& name : option->get_lnames())
            if (name != "config" && name != "help") names.push_back(name);
    return did_you_mean(misspelt, names);
}

}  // namespace vkm::apps
