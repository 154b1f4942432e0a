#include "shell/scripts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace vkm::apps {
namespace {

std::string options_of(const CommandDescription& command) {
    std::string words;
    for (const OptionDescription& option : command.options)
        if (!option.long_name.empty()) words += (words.empty() ? "" : " ") + option.long_name;
    return words;
}

// Options with a list of values; of the others that have a value, a file may be meant.
std::string values_of(const CommandDescription& command) {
    std::string cases;
    for (const OptionDescription& option : command.options)
        if (!option.choices.empty())
            cases += fmt::format("            {}:{}) choices='{}' ;;\n", command.name, option.long_name,
                                 fmt::join(option.choices, " "));
    return cases;
}

// Returns what a command's first argument may be, where that is a list.
std::string arguments_of(const CommandDescription& command) {
    if (command.arguments.empty() || command.arguments.front().choices.empty()) return {};
    return fmt::format(" choices='{}'", fmt::join(command.arguments.front().choices, " "));
}

}  // namespace

std::string bash_completion(Commands commands) {
    std::string names, options, values;
    for (const CommandDescription& command : commands) {
        names += (names.empty() ? "" : " ") + command.name;
        options += fmt::format("        {}) options='{}'{} ;;\n", command.name, options_of(command),
                               arguments_of(command));
        values += values_of(command);
    }
    return fmt::format(R"(# Completes vkmbv3 in bash. Written by `vkmbv3 completion bash`.
_vkmbv3() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} command=${{COMP_WORDS[1]}} options= choices=
    # bash takes --name=value and kind:path apart at the = and the :.
    [ "$before" = = ] && before=${{COMP_WORDS[COMP_CWORD-2]}}
    [[ $word == = ]] && before=${{COMP_WORDS[COMP_CWORD-1]}}
    [[ $word == [=:] ]] && word=
    if [ "$COMP_CWORD" = 1 ]; then
        COMPREPLY=($(compgen -W '{} --help --version' -- "$word"))
        return
    fi
    case $command in
{}    esac
    if [[ $before == --* ]]; then
        case $command:$before in
{}        esac
    fi
    if [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$word"))
    elif [ -n "$choices" ]; then
        COMPREPLY=($(compgen -W "$choices" -- "$word"))
    else
        local IFS=$'\n'
        COMPREPLY=($(compgen -f -- "$word"))
    fi
}}
complete -o filenames -F _vkmbv3 vkmbv3
)",
                       names, options, values);
}

}  // namespace vkm::apps
