#include "cli/command_line.h"

#include "cli/usage_error.h"

#include <fmt/core.h>

#include <algorithm>

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

}  // namespace

void parse(CLI::App& app, std::vector<std::string> arguments, const Expansion& expanded) {
    for (const CLI::App* command : app.get_subcommands({}))
        if (!arguments.empty() && arguments.front() == command->get_name()) {
            const std::vector<std::string> options(arguments.begin() + 1, arguments.end());
            GivenOptions(options, *command).refuse_empty_values();
            arguments.resize(1);
            for (std::string& argument : expanded(options, *command))
                arguments.push_back(std::move(argument));
            break;
        }
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes arguments last first
    try {
        app.parse(std::move(arguments));
    } catch (const CLI::ExtrasError&) {
        refuse_unknown_options(app);
        throw;
    }
}

}  // namespace vkm::apps
