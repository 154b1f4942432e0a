#include <image/yuv.h>

#include <algorithm>

namespace vkm::image {
namespace {

// 20 bits of fraction: the largest sum, of about 540, still fits 31 bits.
constexpr int fraction_bits = 20;

constexpr int32_t fixed(double value) {
    return static_cast<int32_t>(value * (1 << fraction_bits) + (value < 0 ? -0.5 : 0.5));
}

struct Coefficients {
    int32_t offset, y, cr_to_r, cb_to_g, cr_to_g, cb_to_b;
};

constexpr Coefficients coefficients(int32_t offset, double y_range, double chroma_range) {
    // BT.601's shares of red, green and blue in brightness.
    constexpr double red = 0.299, blue = 0.114, green = 1 - red - blue;
    const double c = 255 / chroma_range;
    return {offset,
            fixed(255 / y_range),
            fixed(2 * (1 - red) * c),
            fixed(-2 * (1 - blue) * blue / green * c),
            fixed(-2 * (1 - red) * red / green * c),
            fixed(2 * (1 - blue) * c)};
}

constexpr Coefficients limited = coefficients(16, 219, 224);
constexpr Coefficients full = coefficients(0, 255, 255);

uint8_t rounded(int32_t value) {
    return static_cast<uint8_t>(std::clamp((value + (1 << (fraction_bits - 1))) >> fraction_bits, 0, 255));
}

}  // namespace

Image rgb_of(const SemiPlanarImage& source) {
    const Coefficients& k = source.range == YuvRange::limited ? limited : full;
    const int cb_at = source.order == ChromaOrder::cb_cr ? 0 : 1, cr_at = 1 - cb_at;
    Image image{source.height, source.width, {}};
    image.rgb.resize(size_t{3} * static_cast<size_t>(source.height) * static_cast<size_t>(source.width));
    uint8_t* out = image.rgb.data();
    for (int row = 0; row < source.height; ++row) {
        const uint8_t* luma = source.luma + source.luma_stride * static_cast<size_t>(row);
        const uint8_t* chroma = source.chroma + source.chroma_stride * static_cast<size_t>(row / 2);
        for (int column = 0; column < source.width; ++column, out += 3) {
            const uint8_t* pair = chroma + column / 2 * 2;
            const int32_t y = k.y * (luma[column] - k.offset);
            const int32_t cb = pair[cb_at] - 128, cr = pair[cr_at] - 128;
            out[0] = rounded(y + k.cr_to_r * cr);
            out[1] = rounded(y + k.cb_to_g * cb + k.cr_to_g * cr);
            out[2] = rounded(y + k.cb_to_b * cb);
        }
    }
    return image;
}

}  // namespace vkm::image
