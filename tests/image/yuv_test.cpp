#include <image/yuv.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace vkm::image {
namespace {

using Rgb = std::array<int, 3>;

Rgb pixel(const Image& image, size_t index) {
    return {image.rgb[3 * index], image.rgb[3 * index + 1], image.rgb[3 * index + 2]};
}

Rgb converted(uint8_t y, uint8_t cb, uint8_t cr, YuvRange range) {
    const std::array<uint8_t, 2> pair{cb, cr};
    return pixel(rgb_of({1, 1, &y, 1, pair.data(), 2, ChromaOrder::cb_cr, range}), 0);
}

// ITU-R BT.601 and T.871 define Y, Cb and Cr by R, G and B. Here is the inverse, solved for B, R and then G.
std::array<double, 3> exact(double y, double cb, double cr, YuvRange range) {
    const bool limited = range == YuvRange::limited;
    const double brightness = limited ? (y - 16) / 219 : y / 255;
    const double blue = brightness + 1.772 * (cb - 128) / (limited ? 224 : 255);
    const double red = brightness + 1.402 * (cr - 128) / (limited ? 224 : 255);
    const double green = (brightness - 0.299 * red - 0.114 * blue) / 0.587;
    return {255 * red, 255 * green, 255 * blue};
}

TEST(YuvTest, IsTheNearestToTheExactColour) {
    for (const YuvRange range : {YuvRange::limited, YuvRange::full})
        for (int y = 0; y < 256; y += 5)
            for (int cb = 0; cb < 256; cb += 5)
                for (int cr = 0; cr < 256; cr += 3) {
                    const Rgb rgb = converted(static_cast<uint8_t>(y), static_cast<uint8_t>(cb),
                                              static_cast<uint8_t>(cr), range);
                    const std::array<double, 3> expected = exact(y, cb, cr, range);
                    for (size_t i = 0; i < 3; ++i)
                        ASSERT_NEAR(rgb[i], std::clamp(expected[i], 0.0, 255.0), 0.501)
                            << y << " " << cb << " " << cr << " " << i;
                }
}

// The bars of a test picture, as everybody's tables have them; Pillow's convert("RGB") has the full ones.
TEST(YuvTest, KnowsTheBarsOfATestPicture) {
    EXPECT_EQ(converted(16, 128, 128, YuvRange::limited), (Rgb{0, 0, 0}));
    EXPECT_EQ(converted(235, 128, 128, YuvRange::limited), (Rgb{255, 255, 255}));
    EXPECT_EQ(converted(126, 128, 128, YuvRange::limited), (Rgb{128, 128, 128}));
    EXPECT_EQ(converted(81, 90, 240, YuvRange::limited), (Rgb{254, 0, 0}));
    EXPECT_EQ(converted(145, 54, 34, YuvRange::limited), (Rgb{0, 255, 1}));
    EXPECT_EQ(converted(41, 240, 110, YuvRange::limited), (Rgb{0, 0, 255}));
    EXPECT_EQ(converted(76, 85, 255, YuvRange::full), (Rgb{254, 0, 0}));
    EXPECT_EQ(converted(150, 44, 21, YuvRange::full), (Rgb{0, 255, 1}));
    EXPECT_EQ(converted(29, 255, 107, YuvRange::full), (Rgb{0, 0, 254}));
    EXPECT_EQ(converted(93, 128, 128, YuvRange::full), (Rgb{93, 93, 93}));
}

TEST(YuvTest, SharesColourByTwoByTwoPixelsWithOddSizesAndStrides) {
    // 3 x 3 pixels in rows of 5, two rows of two pairs in rows of 7; 77 is never read.
    const std::vector<uint8_t> luma{10, 20, 30, 77, 77, 40, 50, 60, 77, 77, 70, 80, 90};
    const std::vector<uint8_t> chroma{100, 140, 110, 150, 77, 77, 77, 120, 160, 130, 170};
    const auto image = [&](ChromaOrder order) {
        return rgb_of({3, 3, luma.data(), 5, chroma.data(), 7, order, YuvRange::full});
    };
    const Image nv12 = image(ChromaOrder::cb_cr), nv21 = image(ChromaOrder::cr_cb);
    EXPECT_EQ(nv12.width, 3);
    EXPECT_EQ(nv12.height, 3);
    ASSERT_EQ(nv12.rgb.size(), 27u);
    const std::array<std::array<uint8_t, 2>, 4> pairs{{{100, 140}, {110, 150}, {120, 160}, {130, 170}}};
    const std::array<size_t, 9> pair_of{0, 0, 1, 0, 0, 1, 2, 2, 3};
    for (size_t i = 0; i < 9; ++i) {
        const uint8_t y = luma[i / 3 * 5 + i % 3];
        const auto [first, second] = pairs[pair_of[i]];
        EXPECT_EQ(pixel(nv12, i), converted(y, first, second, YuvRange::full)) << i;
        EXPECT_EQ(pixel(nv21, i), converted(y, second, first, YuvRange::full)) << i;
    }
}

}  // namespace
}  // namespace vkm::image
