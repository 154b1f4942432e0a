#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace vkm {

/// Are the numbers of a program's streams, on every system.
constexpr int standard_input = 0, standard_output = 1, standard_error = 2;

/// Returns whether a person reads what is written to this descriptor.
bool is_terminal(int descriptor);

/// Returns how many columns the terminal has behind a descriptor, or nothing where it is none. One that does not say
/// has 80.
std::optional<std::size_t> terminal_columns(int descriptor);

/// Writes to a descriptor at once and past every buffer. What cannot be written is lost: a terminal that went away must
/// not end a program.
void write_to(int descriptor, std::string_view text);

/// Prepares stdin, stdout and stderr for a program's results: writing fails where nobody reads, instead of ending the
/// program; closed ones get a place of their own, because the next file opened would take their numbers and get our
/// output; bytes go out as they are; and a terminal understands UTF-8 and what moves its cursor.
void prepare_standard_streams();

}  // namespace vkm
