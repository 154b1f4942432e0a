#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vkm {

struct CsvRow {
    size_t line = 0;  ///< counted from 1; where the row starts
    std::vector<std::string> fields;
};

/// Parses delimited values as in RFC 4180: fields may be quoted, and then hold delimiters, line breaks and
/// doubled quotes; blanks may stand around the quotes.
///   - The delimiter is a comma, semicolon, tab or bar: the one that splits most rows alike, or the one that
///     a first line `sep=;` names, as Excel writes it. Where there is none, the last blanks of a line divide
///     it in two.
///   - UTF-16 is told by its byte-order mark, other text is taken as bytes.
///   - Lines end in LF, CRLF or CR. A UTF-8 byte-order mark is passed over, and so are rows of empty fields.
/// Throws vkm::Error naming `name` and the line where a quote is not closed, or something follows a closed one,
/// and naming what the file is where it is no such text (a spreadsheet, a compressed file, …).
std::vector<CsvRow> parse_csv(std::string_view text, const std::string& name);

}  // namespace vkm
