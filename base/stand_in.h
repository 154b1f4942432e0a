#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vkm {

/// Says what lies in the place of a file: a pointer to it, a web page about it, its compressed form, and what to
/// do, as in "a Git LFS pointer and not the file itself; …". Empty where the bytes may be the file.
std::optional<std::string> describe_stand_in(std::string_view bytes);

}  // namespace vkm
