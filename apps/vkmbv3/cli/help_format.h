#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace vkm::apps {

/// Returns the text with line breaks between words. No line is longer than `most`, unless a word is.
std::string wrapped(const std::string& text, size_t most);

/// Makes --help's lines short enough to read.
class HelpFormat final : public CLI::Formatter {
  public:
    HelpFormat();
    std::string make_option_desc(const CLI::Option*) const override;
};

}  // namespace vkm::apps
