#pragma once

#include <string_view>

namespace vkm {

/// Returns this program's version, "1.2.3".
std::string_view version();

}  // namespace vkm
