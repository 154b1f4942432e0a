#include <image/filter.h>
#include <image/resize.h>

#include <cstring>
#include <stdexcept>

namespace vkm::image {
namespace {

bool inside(const Rectangle& region, int height, int width) {
    return region.top >= 0 && region.left >= 0 && region.height > 0 && region.width > 0 &&
           region.top <= height - region.height && region.left <= width - region.width;
}

}  // namespace

void resize_bilinear(const Image& source, const Resize& geometry, std::span<uint8_t> out) {
    const auto& [crop, height, width, window] = geometry;
    const size_t row_bytes = size_t{3} * window.width;
    if (!inside(crop, source.height, source.width) || !inside(window, height, width) ||
        out.size() != row_bytes * window.height) {
        throw std::invalid_argument("resize_bilinear: a region lies outside of the image it cuts");
    }
    const size_t stride = size_t{3} * source.width;
    const uint8_t* const cut = source.rgb.data() + stride * crop.top + size_t{3} * crop.left;
    if (height == crop.height && width == crop.width) {
        for (int y = 0; y < window.height; ++y) {
            std::memcpy(out.data() + y * row_bytes, cut + stride * (window.top + y) + size_t{3} * window.left,
                        row_bytes);
        }
        return;
    }

    const FilterMethod& filter = filter_methods().front();
    const TriangleFilter columns(crop.width, width, window.left, window.width);
    const TriangleFilter rows(crop.height, height, window.top, window.height);
    const int first_row = rows.at(window.top).first;
    const Taps last = rows.at(window.top + window.height - 1);
    const auto row_count = static_cast<size_t>(last.first + last.count - first_row);
    std::vector<uint8_t> narrowed(row_bytes * row_count);
    filter.along({cut + stride * first_row, row_count, size_t{3} * crop.width, stride}, columns, window.left,
                 static_cast<size_t>(window.width), narrowed.data());
    for (int y = 0; y < window.height; ++y) {
        const Taps taps = rows.at(window.top + y);
        filter.across({&narrowed[(taps.first - first_row) * row_bytes], static_cast<size_t>(taps.count),
                       row_bytes, row_bytes},
                      taps, out.data() + y * row_bytes);
    }
}

Image resize_bilinear(const Image& source, const Resize& geometry) {
    Image result{geometry.window.height, geometry.window.width, {}};
    result.rgb.resize(size_t{3} * result.height * result.width);
    resize_bilinear(source, geometry, result.rgb);
    return result;
}

}  // namespace vkm::image
