#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace vkm::image {

/// What is wrong with a JPEG file's structure, or nothing. stb_image trusts headers, and decodes a file that
/// ends early as if the rest were zeros, which gives a grey area without an error; so the markers are walked
/// first: tables are well formed and defined before they are used, sampling factors divide the greatest,
/// every component has a scan, every scan holds at least the fewest bits its blocks can take and all its
/// restart markers, and the image ends with EOI. Damage inside the entropy-coded data is left to the decoder.
std::optional<std::string> jpeg_structure_problem(std::span<const uint8_t> file);

}  // namespace vkm::image
