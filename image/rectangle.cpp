#include <image/rectangle.h>

#include <algorithm>

namespace vkm::image {

Rectangle common(const Rectangle& a, const Rectangle& b) {
    const int top = std::max(a.top, b.top), left = std::max(a.left, b.left);
    return {top, left, std::min(a.top + a.height, b.top + b.height) - top,
            std::min(a.left + a.width, b.left + b.width) - left};
}

Image cut(Image from, const Rectangle& part) {
    if (part == Rectangle{0, 0, from.height, from.width}) return from;
    Image to{part.height, part.width, {}};
    to.rgb.resize(size_t{3} * part.height * part.width);
    const int left = std::max(part.left, 0), right = std::min(part.left + part.width, from.width);
    const int bottom = std::min(part.top + part.height, from.height);
    for (int y = std::max(part.top, 0); y < bottom && left < right; ++y)
        std::copy_n(
            &from.rgb[size_t{3} * (static_cast<size_t>(y) * from.width + left)], size_t{3} * (right - left),
            &to.rgb[size_t{3} * (static_cast<size_t>(y - part.top) * part.width + (left - part.left))]);
    return to;
}

}  // namespace vkm::image
