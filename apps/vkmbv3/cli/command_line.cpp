#include "cli/command_line.h"

#include "cli/usage_error.h"

#include <base/text.h>

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace vkm::apps {
namespace {

// Throws UsageError for the first option that a command does not have, with the one that may be meant.
void refuse_unknown_options(const CLI::App& app) {
    for (const CLI::App* command : app.get_subcommands())
        for (const std::string& argument : command->remaining()) {
            if (!argument.starts_with("--")) continue;
            const std::string name = argument.substr(2, argument.find('=') - 2);
            throw UsageError(fmt::format("unknown option --{}{}; see vkmbv3 {} --help", name,
                                         nearest_option(name, *command), command->get_name()));
        }
}

// Throws UsageError for a name that is no command's, with the one that may be meant.
[[noreturn]] void refuse_unknown_command(const std::string& name, const CLI::App& app) {
    std::vector<std::string_view> known;
    const std::vector<const CLI::App*> commands = app.get_subcommands({});
    for (const CLI::App* command : commands)
        known.push_back(command->get_name());
    throw UsageError(
        fmt::format("unknown command '{}'{}; see vkmbv3 --help", printable(name), did_you_mean(name, known)));
}

template <typename T>
bool reads(const std::string& value) {
    T number{};
    return CLI::detail::lexical_cast(value, number);
}

struct TypeInWords {
    std::string_view type;  ///< as CLI11 calls it
    std::string_view words;
    bool (*reads)(const std::string& value);
};
constexpr std::array types{TypeInWords{"INT", "a whole number", reads<int64_t>},
                           TypeInWords{"UINT", "a whole number", reads<uint64_t>},
                           TypeInWords{"FLOAT", "a number", reads<double>}};

// Throws UsageError for the option that CLI11 could not read or that stands twice, in other words than its:
// "--epochs: At Most 1 required but received 2". Returns where it is none of these.
void refuse_values(const CLI::App& command) {
    for (const CLI::Option* option : command.get_options()) {
        const std::string name = option->get_name();
        const std::vector<std::string>& values = option->results();
        if (option->get_items_expected_max() == 1 && values.size() > 1)
            throw UsageError(fmt::format("{} is given {} times ({}): give it once", name, values.size(),
                                         fmt::join(values, ", ")));
        const std::string type = option->get_type_name();
        const auto known =
            std::ranges::find(types, type.substr(0, type.find_first_of(":= ")), &TypeInWords::type);
        if (known == types.end()) continue;
        for (const std::string& value : values)
            if (!known->reads(value))
                throw UsageError(fmt::format("{} {} is not {}", name, value, known->words));
    }
}

template <typename T>
bool fits(std::string_view decimal) {
    if (decimal.starts_with('+')) decimal.remove_prefix(1);
    T number{};
    return std::from_chars(decimal.data(), decimal.data() + decimal.size(), number).ec == std::errc();
}

bool is_decimal(std::string_view number) {
    return number.find_first_not_of("0123456789") == number.npos && !number.empty() &&
           (number.size() == 1 || number.front() != '0');
}

// Throws UsageError for whole numbers that CLI11 takes for others than stand there: "010" is 8 to it, as in C, "-1" and
// what is too large are some large number.
void refuse_misread_numbers(const CLI::App& command) {
    for (const CLI::Option* option : command.get_options()) {
        const std::string type =
            option->get_type_name().substr(0, option->get_type_name().find_first_of(":= "));
        if (type != "INT" && type != "UINT") continue;
        for (const std::string& value : option->results()) {
            const bool has_sign = value.starts_with('-') || value.starts_with('+');
            if (!is_decimal(std::string_view(value).substr(has_sign ? 1 : 0)))
                throw UsageError(
                    fmt::format("{} {}: write a whole number in digits, the first of which is no 0",
                                option->get_name(), value));
            if (type == "UINT" && value.starts_with('-'))
                throw UsageError(fmt::format("{} {} is less than 0", option->get_name(), value));
            if (!(type == "UINT" ? fits<uint64_t>(value) : fits<int64_t>(value)))
                throw UsageError(fmt::format("{} {} is too large", option->get_name(), value));
        }
    }
}

}  // namespace

void parse(CLI::App& app, std::vector<std::string> arguments, const Expansion& expanded) {
    const CLI::App* chosen = nullptr;
    for (const CLI::App* command : app.get_subcommands({}))
        if (!arguments.empty() && arguments.front() == command->get_name()) {
            const std::vector<std::string> options(arguments.begin() + 1, arguments.end());
            GivenOptions(options, *command).refuse_empty_values();
            arguments.resize(1);
            for (std::string& argument : expanded(options, *command))
                arguments.push_back(std::move(argument));
            chosen = command;
            break;
        }
    if (chosen == nullptr && !arguments.empty() && !arguments.front().starts_with('-'))
        refuse_unknown_command(arguments.front(), app);
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes arguments last first
    try {
        app.parse(std::move(arguments));
    } catch (const CLI::ExtrasError&) {
        refuse_unknown_options(app);
        throw;
    } catch (const CLI::ArgumentMismatch&) {
        if (chosen != nullptr) refuse_values(*chosen);
        throw;
    } catch (const CLI::ConversionError&) {
        if (chosen != nullptr) refuse_values(*chosen);
        throw;
    }
    if (chosen != nullptr) refuse_misread_numbers(*chosen);
}

}  // namespace vkm::apps
