#include <image/filter.h>
#include <image/resize.h>

#include <cstring>
#include <stdexcept>
#include <utility>

namespace vkm::image {
namespace {

bool inside(const Rectangle& region, int height, int width) {
    return region.top >= 0 && region.left >= 0 && region.height > 0 && region.width > 0 &&
           region.top <= height - region.height && region.left <= width - region.width;
}

/// Filters what a window is made of. `pixels` hold `part` of the crop, rows `stride` bytes apart.
void filter_window(const uint8_t* pixels, size_t stride, const Rectangle& part, const Resize& geometry,
                   Interpolation interpolation, uint8_t* out) {
    const auto& [crop, height, width, window] = geometry;
    const size_t row_bytes = size_t{3} * window.width;
    const FilterMethod& filter = filter_methods().front();
    ResizeFilter columns(interpolation, crop.width, width, window.left, window.width);
    ResizeFilter rows(interpolation, crop.height, height, window.top, window.height);
    columns.count_from(part.left);
    rows.count_from(part.top);
    const int first_row = rows.at(window.top).first;
    const Taps last = rows.at(window.top + window.height - 1);
    const auto row_count = static_cast<size_t>(last.first + last.count - first_row);
    std::vector<uint8_t> narrowed(row_bytes * row_count);
    filter.along({pixels + stride * first_row, row_count, size_t{3} * part.width, stride}, columns,
                 window.left, static_cast<size_t>(window.width), narrowed.data());
    for (int y = 0; y < window.height; ++y) {
        const Taps taps = rows.at(window.top + y);
        filter.across({&narrowed[(taps.first - first_row) * row_bytes], static_cast<size_t>(taps.count),
                       row_bytes, row_bytes},
                      taps, out + y * row_bytes);
    }
}

}  // namespace

void resize(const Image& source, const Resize& geometry, Interpolation interpolation,
            std::span<uint8_t> out) {
    const auto& [crop, height, width, window] = geometry;
    const size_t row_bytes = size_t{3} * window.width;
    if (!inside(crop, source.height, source.width) || !inside(window, height, width) ||
        out.size() != row_bytes * window.height) {
        throw std::invalid_argument("resize: a region lies outside of the image it cuts");
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

    filter_window(cut, stride, {0, 0, crop.height, crop.width}, geometry, interpolation, out.data());
}

Image resize(const Image& source, const Resize& geometry, Interpolation interpolation) {
    Image result{geometry.window.height, geometry.window.width, {}};
    result.rgb.resize(size_t{3} * result.height * result.width);
    resize(source, geometry, interpolation, result.rgb);
    return result;
}

Rectangle needed_part(const Resize& geometry, Interpolation interpolation) {
    const auto& [crop, height, width, window] = geometry;
    const auto range = [&](int source, int target, int begin, int count) {
        const ResizeFilter filter(interpolation, source, target, begin, count);
        const Taps last = filter.at(begin + count - 1);
        const int first = filter.at(begin).first;
        return std::pair(first, last.first + last.count - first);
    };
    const auto [top, rows] = range(crop.height, height, window.top, window.height);
    const auto [left, columns] = range(crop.width, width, window.left, window.width);
    return {top, left, rows, columns};
}

void resize_part(const Image& source, const Rectangle& part, const Resize& geometry,
                 Interpolation interpolation, std::span<uint8_t> out) {
    const auto& [crop, height, width, window] = geometry;
    if (source.height != part.height || source.width != part.width ||
        !inside(part, crop.height, crop.width) || !inside(window, height, width) ||
        out.size() != size_t{3} * window.width * window.height)
        throw std::invalid_argument("resize_part: a region lies outside of the image it cuts");
    filter_window(source.rgb.data(), size_t{3} * source.width, part, geometry, interpolation, out.data());
}

Image resize_part(const Image& source, const Rectangle& part, const Resize& geometry,
                  Interpolation interpolation) {
    Image result{geometry.window.height, geometry.window.width, {}};
    result.rgb.resize(size_t{3} * result.height * result.width);
    filter_window(source.rgb.data(), size_t{3} * source.width, part, geometry, interpolation,
                  result.rgb.data());
    return result;
}

void resize_bilinear(const Image& source, const Resize& geometry, std::span<uint8_t> out) {
    resize(source, geometry, Interpolation::bilinear, out);
}

Image resize_bilinear(const Image& source, const Resize& geometry) {
    return resize(source, geometry, Interpolation::bilinear);
}

}  // namespace vkm::image
