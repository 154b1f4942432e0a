#pragma once

#include <string>
#include <string_view>

namespace vkm::teach {

/// Returns a class's name without the spaces around it. A class is a folder, and sessions move between
/// systems, so the name must be a folder's on all of them. Throws TeachError where it is none: empty, longer than 80
/// bytes, no UTF-8, with a dot in front or behind, with one of / \ : * ? " < > | or a control character.
std::string checked_class_name(std::string_view name);

/// Returns whether a name is text that JSON can hold.
bool is_utf8(const std::string& name);

}  // namespace vkm::teach
