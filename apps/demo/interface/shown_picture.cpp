#include "interface/shown_picture.h"

#include <image/resize.h>

#include <algorithm>
#include <cmath>

namespace vkm::demo {
namespace {

Rgba rgba_of(const image::Image& picture) {
    Rgba result{
        picture.width, picture.height,
        std::vector<uint8_t>(static_cast<size_t>(picture.width) * static_cast<size_t>(picture.height) * 4)};
    const uint8_t* from = picture.rgb.data();
    for (uint8_t *to = result.pixels.data(), *const end = to + result.pixels.size(); to < end;
         to += 4, from += 3) {
        to[0] = from[0];
        to[1] = from[1];
        to[2] = from[2];
        to[3] = 255;
    }
    return result;
}

}  // namespace

Rgba shown(const image::Image& picture, int most) {
    const int largest = std::max(picture.width, picture.height);
    if (largest <= most) return rgba_of(picture);
    const auto side = [&](int pixels) {
        return std::max(1, static_cast<int>(std::lround(1.0 * pixels * most / largest)));
    };
    const int height = side(picture.height), width = side(picture.width);
    return rgba_of(image::resize_bilinear(picture, {.crop = {0, 0, picture.height, picture.width},
                                                    .height = height,
                                                    .width = width,
                                                    .window = {0, 0, height, width}}));
}

void ShownPicture::set(const Rgba& picture) {
    if (picture.width != width_ || picture.height != height_) {
        presenter_.drop(texture_);
        texture_ = presenter_.make_texture(picture.width, picture.height);
        width_ = picture.width;
        height_ = picture.height;
    }
    presenter_.update(texture_, {0, 0, width_, height_}, picture.pixels);
}

}  // namespace vkm::demo
