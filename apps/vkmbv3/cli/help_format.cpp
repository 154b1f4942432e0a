#include "cli/help_format.h"

#include <sstream>

namespace vkm::apps {
namespace {

constexpr size_t columns = 96, left_columns = 34;

}  // namespace

std::string wrapped(const std::string& text, size_t most) {
    std::istringstream words(text);
    std::string lines;
    size_t used = 0;
    for (std::string word; words >> word;) {
        const bool breaks = used > 0 && used + 1 + word.size() > most;
        if (used > 0) lines += breaks ? '\n' : ' ';
        used = breaks || used == 0 ? word.size() : used + 1 + word.size();
        lines += word;
    }
    return lines;
}

HelpFormat::HelpFormat() {
    column_width(left_columns);
}

std::string HelpFormat::make_option_desc(const CLI::Option* option) const {
    return wrapped(option->get_description(), columns - left_columns);
}

}  // namespace vkm::apps
