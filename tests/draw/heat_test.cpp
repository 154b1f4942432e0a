#include <draw/colour.h>
#include <draw/heat.h>

#include <gtest/gtest.h>

namespace vkm::draw {
namespace {

// PyTorch: interpolate(torch.tensor([[[[0., 4.], [8., 2.]]]]), (4, 4), mode="bilinear", align_corners=False)
TEST(HeatMapTest, IsEnlargedAsPyTorchDoes) {
    const HeatMap map{2, 2, {0, 4, 8, 2}};
    const double expected[4][4]{
        {0, 1, 3, 4}, {2, 2.375, 3.125, 3.5}, {6, 5.125, 3.375, 2.5}, {8, 6.5, 3.5, 2}};
    for (int y = 0; y < 4; ++y)
        for (int x = 0; x < 4; ++x)
            EXPECT_DOUBLE_EQ(value_at(map, (y + 0.5) / 4, (x + 0.5) / 4), expected[y][x]) << y << ' ' << x;
}

TEST(HeatMapTest, ColoursItsPartOfThePicture) {
    const image::Image grey{4, 6, std::vector<uint8_t>(4 * 6 * 3, 100)};
    const image::Image over = overlaid(grey, {1, 1, {5}}, {.top = 0, .left = 1, .height = 2, .width = 9});
    const auto pixel = [&](int y, int x) { return over.rgb[static_cast<size_t>(3 * (y * 6 + x))]; };
    EXPECT_EQ(pixel(0, 0), 100);
    EXPECT_NE(pixel(0, 1), 100);
    EXPECT_NE(pixel(1, 5), 100);
    EXPECT_EQ(pixel(2, 1), 100);
    EXPECT_EQ(overlaid(grey, {2, 1, {0, 0}}, {0, 0, 4, 6}).rgb, grey.rgb);
    EXPECT_EQ(overlaid(grey, {}, {0, 0, 4, 6}).rgb, grey.rgb);
}

TEST(ColourMapTest, AnswersEveryNumber) {
    EXPECT_EQ(colour_of(ColourMap::ink, -1), (Colour{255, 255, 255}));
    EXPECT_EQ(colour_of(ColourMap::ink, 0.0 / 0.0), (Colour{255, 255, 255}));
    EXPECT_EQ(colour_of(ColourMap::ink, 2), (Colour{8, 48, 107}));
    EXPECT_EQ(colour_of(ColourMap::heat, 1), (Colour{252, 255, 164}));
}

}  // namespace
}  // namespace vkm::draw
