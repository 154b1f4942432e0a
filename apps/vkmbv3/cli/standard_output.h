#pragma once

#include <base/error.h>

#include <cstddef>
#include <optional>

namespace vkm::apps {

/// Makes writing to stdout and stderr fail where nobody reads, instead of ending the program by SIGPIPE, and
/// gives closed ones a place of their own: the next file opened would take their numbers, and get our output.
void prepare_standard_streams();

/// Says that results did not reach stdout, for the reason that errno had.
Error unwritten_output(int error);

/// Returns how many columns the terminal has that stdout is, or nothing where it is none.
std::optional<size_t> terminal_columns();

/// Writes what is buffered for stdout. Throws unwritten_output() where that or anything printed before could not be written:
/// a result that nobody got is no success.
void finish_standard_output();

}  // namespace vkm::apps
