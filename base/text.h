#pragma once

#include <string>

namespace vkm {

/// Returns the text as one line of at most 1000 bytes without control characters. Messages that quote a
/// foreign file pass through here: its names may hold anything.
std::string printable(std::string text);

}  // namespace vkm
