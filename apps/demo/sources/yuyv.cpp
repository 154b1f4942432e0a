#include "sources/yuyv.h"

#include <image/yuv.h>

#include <algorithm>
#include <vector>

namespace vkm::demo {

image::Image rgb_of_yuyv(std::span<const uint8_t> bytes, int width, int height, size_t stride) {
    const auto columns = static_cast<size_t>(std::max(width, 0)),
               rows = static_cast<size_t>(std::max(height, 0));
    const size_t pairs = (columns + 1) / 2, row_bytes = 4 * pairs;
    stride = std::max(stride, row_bytes);
    if (columns == 0 || rows == 0 || bytes.size() < (rows - 1) * stride + row_bytes)
        throw image::ImageError("a YUYV picture of {} x {} cannot be {} bytes", width, height, bytes.size());
    image::Image picture{height, width, std::vector<uint8_t>(rows * columns * 3)};
    std::vector<uint8_t> luma(columns), chroma(2 * pairs);
    for (size_t y = 0; y < rows; ++y) {
        const uint8_t* const row = bytes.data() + y * stride;
        for (size_t x = 0; x < columns; ++x)
            luma[x] = row[2 * x];
        for (size_t p = 0; p < pairs; ++p) {
            chroma[2 * p] = row[4 * p + 1];
            chroma[2 * p + 1] = row[4 * p + 3];
        }
        const image::Image line = image::rgb_of({width, 1, luma.data(), columns, chroma.data(), 2 * pairs,
                                                 image::ChromaOrder::cb_cr, image::YuvRange::limited});
        std::ranges::copy(line.rgb, picture.rgb.begin() + static_cast<ptrdiff_t>(y * columns * 3));
    }
    return picture;
}

}  // namespace vkm::demo
