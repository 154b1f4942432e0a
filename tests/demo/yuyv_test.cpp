#include "sources/yuyv.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace vkm::demo {
namespace {

// BT.601, limited range, by its definition.
std::array<int, 3> rgb(int y, int cb, int cr) {
    const double l = (y - 16) * 255.0 / 219, b = (cb - 128) * 255.0 / 224, r = (cr - 128) * 255.0 / 224;
    const auto byte = [](double v) { return static_cast<int>(std::lround(std::clamp(v, 0.0, 255.0))); };
    return {byte(l + 1.402 * r), byte(l - 0.344136 * b - 0.714136 * r), byte(l + 1.772 * b)};
}

TEST(YuyvTest, GivesEachPixelItsOwnLumaAndItsPairsColour) {
    for (const int width : {1, 2, 5, 16})
        for (const size_t padding : {size_t{0}, size_t{7}}) {
            const int height = 3;
            const size_t stride = static_cast<size_t>(width + 1) / 2 * 4 + padding;
            std::vector<uint8_t> bytes(stride * height);
            for (size_t i = 0; i < bytes.size(); ++i)
                bytes[i] = static_cast<uint8_t>(16 + i * 37 % 219);
            const image::Image picture = rgb_of_yuyv(bytes, width, height, stride);
            ASSERT_EQ(picture.rgb.size(), static_cast<size_t>(3 * width * height));
            for (int y = 0; y < height; ++y)
                for (int x = 0; x < width; ++x) {
                    const uint8_t* const pair =
                        bytes.data() + static_cast<size_t>(y) * stride + static_cast<size_t>(x / 2) * 4;
                    const auto expected = rgb(pair[x % 2 == 0 ? 0 : 2], pair[1], pair[3]);
                    for (size_t c = 0; c < 3; ++c)
                        EXPECT_NEAR(picture.rgb[static_cast<size_t>(y * width + x) * 3 + c], expected[c], 1)
                            << x << ',' << y;
                }
        }
}

TEST(YuyvTest, RefusesTooFewBytes) {
    const std::vector<uint8_t> bytes(4 * 2 * 3 - 1);
    EXPECT_THROW(rgb_of_yuyv(bytes, 4, 3, 0), image::ImageError);
    EXPECT_THROW(rgb_of_yuyv(bytes, 0, 3, 0), image::ImageError);
}

}  // namespace
}  // namespace vkm::demo
