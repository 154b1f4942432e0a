#include "cli/png_file.h"

#include <base/atomic_file.h>
#include <draw/text.h>
#include <image/encode/png.h>

#include <spdlog/spdlog.h>

#include <mutex>

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

}  // namespace vkm::apps
