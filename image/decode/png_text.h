#pragma once

#include <image/decode/format.h>

#include <optional>

namespace vkm::image {

/// Returns what a tEXt, zTXt or iTXt chunk of a PNG file says under this key, inflated to 1 MiB at most.
/// Returns nothing where the chunk has another key or cannot be read.
std::optional<std::string> png_text(std::string_view chunk, Bytes data, std::string_view key);

}  // namespace vkm::image
