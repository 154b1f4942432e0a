#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "support/bytes.h"

namespace vkm::test {

/// Writes a file, with the folders above it, and returns its path.
inline std::filesystem::path write_file(const std::filesystem::path& file, std::string_view content) {
    std::filesystem::create_directories(file.parent_path());
    test::write_content(file, content);
    return file;
}

/// Returns a binary PPM of one grey.
inline std::string ppm(int width, int height, char value) {
    return "P6 " + std::to_string(width) + " " + std::to_string(height) + " 255\n" +
           std::string(static_cast<size_t>(3 * width * height), value);
}

}  // namespace vkm::test
