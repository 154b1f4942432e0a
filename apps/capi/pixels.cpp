#include "pixels.h"

#include "status.h"
#include "versioned.h"

#include <image/decode/decode.h>
#include <image/orientation.h>
#include <image/yuv.h>

#include <algorithm>
#include <cstddef>
#include <limits>

namespace vkm::capi {
namespace {

using image::ChromaOrder;
using image::YuvRange;

// What the struct was in the first version, to its last member.
constexpr size_t first_size = offsetof(vkmbv3_image, chroma_stride) + sizeof(vkmbv3_image::chroma_stride);

/// Says where a pixel's values are in its bytes.
struct Packed {
    int32_t format;
    size_t bytes, red, green, blue;
};

constexpr Packed packed_formats[] = {
    {VKMBV3_RGB, 3, 0, 1, 2},  {VKMBV3_RGBA, 4, 0, 1, 2}, {VKMBV3_BGR, 3, 2, 1, 0},
    {VKMBV3_BGRA, 4, 2, 1, 0}, {VKMBV3_GRAY, 1, 0, 0, 0},
};

struct SemiPlanar {
    int32_t format;
    ChromaOrder order;
    YuvRange range;
};

constexpr SemiPlanar semi_planar_formats[] = {
    {VKMBV3_NV12, ChromaOrder::cb_cr, YuvRange::limited},
    {VKMBV3_NV21, ChromaOrder::cr_cb, YuvRange::limited},
    {VKMBV3_NV12_FULL_RANGE, ChromaOrder::cb_cr, YuvRange::full},
    {VKMBV3_NV21_FULL_RANGE, ChromaOrder::cr_cb, YuvRange::full},
};

/// Names the turn as EXIF does.
struct Turn {
    int32_t rotation;
    int orientation;
};

constexpr Turn turns[] = {{0, 1}, {90, 6}, {180, 3}, {270, 8}};

template <typename Row, size_t n>
const Row* find(const Row (&rows)[n], int32_t key, int32_t Row::*member) {
    const auto row = std::ranges::find(rows, key, member);
    return row == std::end(rows) ? nullptr : row;
}

void check_size(const vkmbv3_image& image) {
    if (image.width < 1 || image.height < 1)
        throw InvalidArgument("an image of {} x {} pixels has none", image.width, image.height);
    if (int64_t{image.width} * image.height > image::max_image_pixels)
        throw InvalidArgument("an image of {} x {} pixels is larger than {} pixels", image.width,
                              image.height, image::max_image_pixels);
}

/// Returns the bytes from row to row of a plane, `standard` where none are given.
size_t stride_of(const char* name, size_t given, size_t standard, size_t row_bytes, size_t rows) {
    const size_t stride = given == 0 ? standard : given;
    if (stride < row_bytes)
        throw InvalidArgument("{} is {}, but a row has {} bytes", name, stride, row_bytes);
    if (stride > static_cast<size_t>(std::numeric_limits<ptrdiff_t>::max()) / rows)
        throw InvalidArgument("{} is {}: {} rows of it are in no memory", name, stride, rows);
    return stride;
}

image::Image from_packed(const vkmbv3_image& source, const Packed& format) {
    const auto width = static_cast<size_t>(source.width), height = static_cast<size_t>(source.height);
    const size_t row_bytes = format.bytes * width;
    const size_t stride = stride_of("stride", source.stride, row_bytes, row_bytes, height);
    image::Image result{source.height, source.width, {}};
    result.rgb.resize(3 * width * height);
    uint8_t* out = result.rgb.data();
    for (size_t row = 0; row < height; ++row) {
        const uint8_t* pixel = source.pixels + row * stride;
        for (size_t column = 0; column < width; ++column, pixel += format.bytes, out += 3) {
            out[0] = pixel[format.red];
            out[1] = pixel[format.green];
            out[2] = pixel[format.blue];
        }
    }
    return result;
}

image::Image from_semi_planar(const vkmbv3_image& source, const SemiPlanar& format) {
    const auto width = static_cast<size_t>(source.width), height = static_cast<size_t>(source.height);
    const size_t stride = stride_of("stride", source.stride, width, width, height);
    const size_t pairs_bytes = (width + 1) / 2 * 2;
    const size_t chroma_stride = stride_of("chroma_stride", source.chroma_stride,
                                           std::max(stride, pairs_bytes), pairs_bytes, (height + 1) / 2);
    const uint8_t* chroma = source.chroma ? source.chroma : source.pixels + stride * height;
    return image::rgb_of({source.width, source.height, source.pixels, stride, chroma, chroma_stride,
                          format.order, format.range});
}

}  // namespace

image::Image upright_rgb(const vkmbv3_image* given) {
    if (!given) throw InvalidArgument("the image is NULL");
    const vkmbv3_image defaults = VKMBV3_IMAGE_INIT;
    const vkmbv3_image source = versioned(*given, defaults, first_size, "vkmbv3_image");
    const Packed* const packed = find(packed_formats, source.format, &Packed::format);
    const SemiPlanar* const planar = find(semi_planar_formats, source.format, &SemiPlanar::format);
    if (!packed && !planar) throw InvalidArgument("there is no image format {}", source.format);
    const Turn* const turn = find(turns, source.rotation, &Turn::rotation);
    if (!turn) throw InvalidArgument("rotation is {}, not 0, 90, 180 or 270", source.rotation);
    if (!source.pixels) throw InvalidArgument("the image's pixels are NULL");
    check_size(source);
    return image::oriented(packed ? from_packed(source, *packed) : from_semi_planar(source, *planar),
                           turn->orientation);
}

}  // namespace vkm::capi
