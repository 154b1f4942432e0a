#include "shell/scripts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>

namespace vkm::apps {
namespace {

// Takes a character in UTF-8 from the front of a text, and returns its number.
uint32_t take_character(std::string_view& text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const size_t bytes = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    uint32_t number = bytes == 1 ? lead : lead & (0x7fu >> bytes);
    for (size_t i = 1; i < bytes && i < text.size(); ++i)
        number = number << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
    text.remove_prefix(std::min(bytes, text.size()));
    return number;
}

// Returns a text that roff prints as it is: a hyphen stays one, no line is taken for a request, and what is not
// ASCII is named by its number, which every roff understands.
std::string plain(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const uint32_t character = take_character(text);
        if (character >= 0x80)
            out += fmt::format("\\[u{:04X}]", character);
        else if (character == '\\')
            out += "\\e";
        else if (character == '-')
            out += "\\-";
        else
            out += character == '\n' ? ' ' : static_cast<char>(character);
    }
    return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

std::string bold(std::string_view text) {
    return fmt::format("\\fB{}\\fR", plain(text));
}

std::string italic(std::string_view text) {
    return fmt::format("\\fI{}\\fR", plain(text));
}

std::string titled(const OptionDescription& option) {
    std::string title;
    for (const std::string& name : {option.short_name, option.long_name})
        if (!name.empty()) title += (title.empty() ? "" : ", ") + bold(name);
    if (!option.choices.empty())
        return title + " " + italic(fmt::format("{}", fmt::join(option.choices, "|")));
    return option.value.empty() ? title : title + " " + italic(option.value);
}

std::string section(const CommandDescription& command) {
    std::string text =
        fmt::format(".SS {}\n.B vkmbv3 {}\n[OPTION...]", plain(command.name), plain(command.name));
    for (const ArgumentDescription& argument : command.arguments)
        text += argument.required ? " " + italic(argument.name) : fmt::format(" [{}]", italic(argument.name));
    text += fmt::format("\n.PP\n{}\n", plain(command.help));
    for (const ArgumentDescription& argument : command.arguments)
        text += fmt::format(".TP\n{}\n{}\n", italic(argument.name), plain(argument.help));
    for (const OptionDescription& option : command.options)
        text += fmt::format(".TP\n{}\n{}\n", titled(option), plain(option.help));
    return text;
}

}  // namespace

std::string manual_page(std::string_view about, std::string_view version, Commands commands) {
    std::string page = fmt::format(
        ".TH VKMBV3 1 \"\" \"vkmbv3 {}\" \"User Commands\"\n.SH NAME\nvkmbv3 \\- train and run MobileNets through "
        "Vulkan\n.SH SYNOPSIS\n.B vkmbv3\n.I COMMAND\n[OPTION...] [ARGUMENT...]\n.SH DESCRIPTION\n{}\n.SH COMMANDS\n",
        version, plain(about));
    for (const CommandDescription& command : commands)
        page += section(command);
    return page +
           ".SH EXIT STATUS\n0: success. 1: something failed. 2: wrong usage. Errors are one line on the standard "
           "error output.\n";
}

}  // namespace vkm::apps
