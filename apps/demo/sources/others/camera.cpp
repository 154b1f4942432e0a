#include "sources/camera.h"

namespace vkm::demo {

std::vector<std::filesystem::path> cameras() {
    return {};
}

std::unique_ptr<Source> open_camera(const std::filesystem::path& device) {
    throw SourceError(
        "the camera {} cannot be read: this system has no Video4Linux; record a video, and drop it onto the window",
        device.string());
}

}  // namespace vkm::demo
