#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vkm::train {

struct CsvRow {
    size_t line = 0;  ///< counted from 1; where the row starts
    std::vector<std::string> fields;
};

/// Parses comma-separated values as in RFC 4180: fields may be quoted, and then hold commas, line breaks and
/// doubled quotes. Lines end in LF or CRLF. A UTF-8 byte-order mark and empty lines are passed over. Throws
/// vkm::Error naming `name` and the line where a quote is not closed, or something follows a closed one.
std::vector<CsvRow> parse_csv(std::string_view text, const std::string& name);

}  // namespace vkm::train
