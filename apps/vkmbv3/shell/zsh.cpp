#include "shell/scripts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace vkm::apps {
namespace {

// Returns a text within single quotes. Brackets and colons end the parts of _arguments' specifications.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\'')
            out += "'\\''";
        else if (c == '[' || c == ']' || c == ':' || c == '\\')
            out += fmt::format("\\{}", c);
        else
            out += c == '\n' ? ' ' : c;
    }
    return out;
}

std::string specification(const OptionDescription& option) {
    const std::string& name = option.long_name.empty() ? option.short_name : option.long_name;
    const bool joined = !option.long_name.empty() && !option.value.empty();  // --name=value, too
    std::string text = fmt::format("'{}{}[{}]", name, joined ? "=" : "", escaped(option.help));
    if (!option.choices.empty())
        text += fmt::format(":{}:({})", escaped(option.value),
                            escaped(fmt::format("{}", fmt::join(option.choices, " "))));
    else if (!option.value.empty())
        text += fmt::format(":{}:_files", escaped(option.value));
    return text + "'";
}

// Returns what the words are that are no options.
std::string rest_of(const CommandDescription& command) {
    if (command.arguments.empty()) return "'*:file:_files'";
    const ArgumentDescription& argument = command.arguments.front();
    if (argument.choices.empty()) return fmt::format("'*:{}:_files'", escaped(argument.name));
    return fmt::format("'1:{}:({})'", escaped(argument.name), fmt::join(argument.choices, " "));
}

}  // namespace

std::string zsh_completion(Commands commands) {
    std::string names, cases;
    for (const CommandDescription& command : commands) {
        names += fmt::format("        '{}:{}'\n", command.name, escaped(command.help));
        cases += fmt::format("        {})\n            _arguments -S", command.name);
        for (const OptionDescription& option : command.options)
            cases += " \\\n                " + specification(option);
        cases += " \\\n                " + rest_of(command) + " ;;\n";
    }
    return fmt::format(R"(#compdef vkmbv3
# Completes vkmbv3 in zsh. Written by `vkmbv3 completion zsh`.
_vkmbv3() {{
    local -a commands=(
{}    )
    if (( CURRENT == 2 )); then
        _describe command commands
        return
    fi
    local command=$words[2]
    shift words
    (( CURRENT-- ))
    case $command in
{}    esac
}}
if [ "$funcstack[1]" = _vkmbv3 ]; then
    _vkmbv3 "$@"
else
    compdef _vkmbv3 vkmbv3
fi
)",
                       names, cases);
}

}  // namespace vkm::apps
