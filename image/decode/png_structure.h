#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace vkm::image {

/// What is wrong with a PNG file's structure, or nothing: its chunks are of a known kind where they are
/// needed to show the image, lie within the file, have the checksum they say, and end with IEND. stb_image
/// does not look at checksums.
std::optional<std::string> png_structure_problem(std::span<const uint8_t> file);

}  // namespace vkm::image
