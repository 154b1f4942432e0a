#include <image/decode/format.h>
#include <image/decode/recycle.h>

#include <utility>

namespace vkm::image {
namespace {

thread_local std::vector<uint8_t> spare;

}  // namespace

void recycle(Image&& image) {
    spare = std::exchange(image, {}).rgb;
}

Image blank_image(int64_t width, int64_t height) {
    check_size(width, height);
    Image image{static_cast<int>(height), static_cast<int>(width), {}};
    const auto bytes = static_cast<size_t>(3 * width * height);
    if (bytes <= spare.capacity() && spare.capacity() / 2 <= bytes) image.rgb = std::exchange(spare, {});
    image.rgb.assign(bytes, 0);
    return image;
}

}  // namespace vkm::image
