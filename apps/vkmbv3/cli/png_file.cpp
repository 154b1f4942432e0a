#include "cli/png_file.h"

#include <base/atomic_file.h>
#include <draw/text.h>
#include <image/encode/png.h>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <mutex>
#include <string_view>

namespace vkm::apps {

void write_png(const std::filesystem::path& file, const image::Image& image) {
    static std::once_flag said;
    std::call_once(said, [&] {
        if (!draw::has_fonts())
            spdlog::warn(
                "{} is without its texts: no font is installed; DejaVu would do (Debian, Ubuntu: "
                "fonts-dejavu-core)",
                file.string());
    });
    write_atomically(file, image::encode_png(image));
}

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
