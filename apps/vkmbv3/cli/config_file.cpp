#include "cli/config_file.h"

#include "cli/usage_error.h"

#include <base/error.h>
#include <base/text.h>

#include <fmt/core.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>

namespace vkm::apps {
namespace {

using Arguments = std::vector<std::string>;

struct GivenOption {
    std::string name;                  ///< without "--"
    std::optional<std::string> value;  ///< empty where none follows or the option takes none
};

std::string name_of(const CLI::Option& option) {
    return option.get_lnames().empty() ? std::string() : option.get_lnames().front();
}

// Splits arguments as CLI11 will read them: an option that takes a value takes whatever comes next, and after
// "--" there are no options. One of several names is given under the first.
std::vector<GivenOption> given_options(const Arguments& arguments, const CLI::App& command) {
    std::vector<GivenOption> given;
    for (size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
        if (!arguments[i].starts_with("--")) continue;
        const size_t equals = arguments[i].find('=');
        GivenOption option{arguments[i].substr(2, equals == std::string::npos ? equals : equals - 2), {}};
        const CLI::Option* known = command.get_option_no_throw("--" + option.name);
        const bool takes_value = known != nullptr && known->get_items_expected_min() > 0;
        if (equals != std::string::npos && equals + 1 < arguments[i].size())
            option.value = arguments[i].substr(equals + 1);
        else if (takes_value && i + 1 < arguments.size())
            option.value = arguments[++i];
        if (known == nullptr) continue;
        option.name = name_of(*known);
        given.push_back(std::move(option));
    }
    return given;
}

const GivenOption* find(const std::vector<GivenOption>& given, std::string_view name) {
    const auto found = std::ranges::find(given, name, &GivenOption::name);
    return found == given.end() ? nullptr : &*found;
}

std::optional<std::string> file_of(const std::vector<GivenOption>& given) {
    if (const GivenOption* config = find(given, "config")) return config->value;
    const GivenOption* const resume = find(given, "resume");
    if (resume == nullptr || !resume->value) return {};
    const std::filesystem::path file = std::filesystem::path(*resume->value) / "config.yaml";
    std::error_code error;
    const bool exists = std::filesystem::exists(file, error);
    if (error)
        throw Error("--resume {}: {}; check the path and its permissions", *resume->value, error.message());
    if (!exists) return {};  // the command itself says that there is no run
    return file.string();
}

std::string one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

std::string text_of(const YAML::Node& value) {
    if (value.IsNull()) return {};
    if (!value.IsSequence()) return value.as<std::string>();
    std::string list;
    for (const YAML::Node& item : value)
        list += (list.empty() ? "" : ",") + item.as<std::string>();
    return list;
}

using Entries = std::vector<std::pair<std::string, std::string>>;

Entries entries_in(std::istream& text, const std::string& source) {
    Entries entries;
    try {
        const YAML::Node root = YAML::Load(text);
        if (root.IsNull()) return {};
        if (!root.IsMap())
            throw UsageError(
                fmt::format("{} is not a map of option names to values, such as `batch-size: 128`", source));
        for (const auto& entry : root)
            entries.emplace_back(entry.first.as<std::string>(), text_of(entry.second));
    } catch (const YAML::Exception& error) {
        throw UsageError(fmt::format("{} is not a YAML map of option names to values: {}", source,
                                     one_line(error.what())));
    }
    return entries;
}

Entries read(const std::string& path) {
    std::ifstream file(path);
    if (!file || std::filesystem::is_directory(path))
        throw UsageError(fmt::format("--config {}: the file cannot be read; check the path", path));
    return entries_in(file, path);
}

}  // namespace

std::vector<std::string> with_config_file(std::vector<std::string> arguments, const CLI::App& command) {
    const std::vector<GivenOption> given = given_options(arguments, command);
    const std::optional<std::string> path = file_of(given);
    if (!path) return arguments;
    Arguments added;
    for (const auto& [name, value] : read(*path)) {
        const CLI::Option* const known = command.get_option_no_throw("--" + name);
        if (name == "config" || name == "help" || known == nullptr)
            throw UsageError(fmt::format("{}: unknown option '{}'{}; see vkmbv3 {} --help", *path, name,
                                         nearest_option(name, command), command.get_name()));
        // "--name=" would take the next argument for its value.
        if (value.empty())
            throw UsageError(fmt::format("{}: '{}' has no value; give it one, or leave it out", *path, name));
        if (find(given, name_of(*known)) == nullptr) added.push_back(fmt::format("--{}={}", name, value));
    }
    // In front, so that they come neither after a "--" nor after an option that lacks its value
    // and would take them for it.
    arguments.insert(arguments.begin(), added.begin(), added.end());
    return arguments;
}

std::string nearest_option(const std::string& misspelt, const CLI::App& command) {
    std::vector<std::string_view> names;
    for (const CLI::Option* option : command.get_options())
        for (const std::string& name : option->get_lnames())
            if (name != "config" && name != "help") names.push_back(name);
    return did_you_mean(misspelt, names);
}

std::map<std::string, std::string> read_config(const std::string& path) {
    const Entries entries = read(path);
    return {entries.begin(), entries.end()};
}

std::map<std::string, std::string> parse_config(const std::string& text) {
    std::istringstream in(text);
    const Entries entries = entries_in(in, "the configuration");
    return {entries.begin(), entries.end()};
}

std::string config_text(const CLI::App& command, const std::map<std::string, std::string>& resolved,
                        const std::set<std::string>& left_out) {
    YAML::Emitter out;
    out << YAML::BeginMap;
    for (const CLI::Option* option : command.get_options()) {
        const std::string name = name_of(*option);
        if (name.empty() || name == "config" || name == "help" || left_out.contains(name)) continue;
        const auto found = resolved.find(name);
        const std::string value = found != resolved.end() ? found->second
                                  : option->count() > 0   ? option->reduced_results().back()
                                                          : option->get_default_str();
        if (value.empty()) continue;
        out << YAML::Key << name << YAML::Value;
        if (value.find('\n') != std::string::npos) out << YAML::Literal;  // a network's table
        out << value;
    }
    out << YAML::EndMap;
    return std::string(out.c_str()) + "\n";
}

}  // namespace vkm::apps
