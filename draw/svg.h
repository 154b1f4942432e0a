#pragma once

#include <draw/drawing.h>

namespace vkm::draw {

/// Returns the drawing as an SVG file that needs no other one. Text stays text; paper and ink follow what the
/// reader's system prefers, light or dark. Texts that are shortened have the whole as a tooltip.
std::string svg(const Drawing&);

/// Returns a text for XML and HTML, where neither a name's characters nor what is no UTF-8 can end an element.
std::string escaped(std::string_view utf8);

}  // namespace vkm::draw
