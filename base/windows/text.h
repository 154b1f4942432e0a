#pragma once

#include <string>
#include <string_view>

namespace vkm::windows {

/// Turns the system's UTF-16 into the UTF-8 that everything else here is. What is no UTF-16 becomes U+FFFD.
std::string to_utf8(std::wstring_view);

/// Turns UTF-8 into the system's UTF-16.
std::wstring to_utf16(std::string_view);

}  // namespace vkm::windows
