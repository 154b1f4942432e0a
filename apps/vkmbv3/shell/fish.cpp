#include "shell/scripts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace vkm::apps {
namespace {

std::string in_quotes(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c == '\n' ? ' ' : c;
    }
    return out + "'";
}

}  // namespace

std::string fish_completion(Commands commands) {
    std::string script =
        "# Completes vkmbv3 in fish. Written by `vkmbv3 completion fish`.\n"
        "complete -c vkmbv3 -n __fish_use_subcommand -f\n"
        "complete -c vkmbv3 -n __fish_use_subcommand -l help -d 'Print this help message and exit'\n"
        "complete -c vkmbv3 -n __fish_use_subcommand -l version -d 'Print the version'\n";
    for (const CommandDescription& command : commands) {
        script += fmt::format("complete -c vkmbv3 -n __fish_use_subcommand -a {} -d {}\n", command.name,
                              in_quotes(command.help));
        for (const ArgumentDescription& argument : command.arguments)
            if (!argument.choices.empty())
                script +=
                    fmt::format("complete -c vkmbv3 -n '__fish_seen_subcommand_from {}' -f -a {}\n",
                                command.name, in_quotes(fmt::format("{}", fmt::join(argument.choices, " "))));
        for (const OptionDescription& option : command.options) {
            script += fmt::format("complete -c vkmbv3 -n '__fish_seen_subcommand_from {}'", command.name);
            if (!option.long_name.empty()) script += " -l " + option.long_name.substr(2);
            if (!option.short_name.empty()) script += " -s " + option.short_name.substr(1);
            if (!option.choices.empty())
                script +=
                    fmt::format(" -x -a {}", in_quotes(fmt::format("{}", fmt::join(option.choices, " "))));
            else if (!option.value.empty())
                script += " -r";
            script += fmt::format(" -d {}\n", in_quotes(option.help));
        }
    }
    return script;
}

}  // namespace vkm::apps
