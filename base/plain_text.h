#pragma once

#include <base/error.h>

#include <string>
#include <string_view>
#include <vector>

namespace vkm {

/// Reports bytes that are no text; the message says what they are instead, and what to do.
class NotText : public Error {
  public:
    using Error::Error;
};

/// Returns a text file's content as UTF-8 without a byte-order mark. UTF-16 is told by its byte-order mark.
/// Throws NotText where the bytes are neither UTF-8 nor UTF-16; `file` names them in messages.
std::string utf8_text(std::string_view bytes, std::string_view file);

/// Returns the lines of a text, whether they end in LF, CRLF or CR. What follows the last end is a line
/// where it is not empty.
std::vector<std::string_view> lines_of(std::string_view text);

/// Returns the text without the spaces and tabs around it.
std::string_view trimmed(std::string_view text);

}  // namespace vkm
