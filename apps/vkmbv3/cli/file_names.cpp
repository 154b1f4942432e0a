#include "cli/file_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace vkm::apps {

std::string extension_of(const std::filesystem::path& path) {
    std::string extension = path.extension().string();
    std::ranges::transform(extension, extension.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return extension;
}

bool is_of_another_format(const std::filesystem::path& path) {
    static constexpr std::array<std::string_view, 12> others{
        ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".pdf", ".eps", ".ps", ".html", ".ppm"};
    return std::ranges::find(others, extension_of(path)) != others.end();
}

}  // namespace vkm::apps
