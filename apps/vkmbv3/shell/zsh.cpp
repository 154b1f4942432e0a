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
    std::string text = fmt::format("'{}[{}]", name, escaped(option.help));
    if (!option.choices.empty())
        text += fmt::format(":{}:({})", escaped(option.value),
                            escaped(fmt::format("{}", fmt::join(option.choices, " "))));
    else if (!option.value.empty())
        text += fmt::format(":{}:_files", escaped(option.value));
    return text + "'";
}

}  // namespace

std::string zsh_completion(Commands commands) {
    std::string names, cases;
    for (const CommandDescription& command : commands) {
        names += fmt::format("        '{}:{}'\n", command.name, escaped(command.help));
        cases += fmt::format("        {})\n            _arguments -S", command.name);
        for (const OptionDescription& option : command.options)
            cases += " \\\n                " + specification(option);
        cases += fmt::format(" \\\n                '*:{}:_files' ;;\n",
                             command.arguments.empty() ? "file" : escaped(command.arguments.front().name));
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
