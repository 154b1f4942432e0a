#pragma once

namespace vkm::draw {

/// Sizes of text that all charts share, in pixels.
constexpr double text_size = 12, title_size = 16;

}  // namespace vkm::draw
