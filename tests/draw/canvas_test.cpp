#include <draw/canvas.h>

#include <gtest/gtest.h>

#include <array>

namespace vkm::draw {
namespace {

constexpr Colour white{255, 255, 255}, black{0, 0, 0}, red{255, 0, 0};

Colour at(const image::Image& image, int x, int y) {
    const uint8_t* const p = &image.rgb[static_cast<size_t>(3 * (y * image.width + x))];
    return {p[0], p[1], p[2]};
}

int darkness(const image::Image& image) {
    int sum = 0;
    for (const uint8_t value : image.rgb)
        sum += 255 - value;
    return sum / 3;
}

TEST(CanvasTest, FillsBoxesWithSmoothEdges) {
    Canvas canvas(6, 4, white);
    canvas.box({1.5, 1}, 2, 2, black);
    EXPECT_EQ(at(canvas.image(), 2, 1), black);
    EXPECT_EQ(at(canvas.image(), 1, 1), (Colour{128, 128, 128}));
    EXPECT_EQ(at(canvas.image(), 3, 2), (Colour{128, 128, 128}));
    EXPECT_EQ(at(canvas.image(), 4, 1), white);
    EXPECT_EQ(at(canvas.image(), 2, 3), white);
}

TEST(CanvasTest, DrawsLinesOfTheirWidth) {
    Canvas canvas(40, 40, white);
    canvas.line(std::array{Point{10, 20}, Point{30, 20}}, 4, black);
    EXPECT_NEAR(darkness(canvas.image()) / 255.0, 20 * 4 + 3.14159 * 4, 2);  // and two half discs
    EXPECT_EQ(at(canvas.image(), 20, 19), black);
    EXPECT_EQ(at(canvas.image(), 20, 25), white);
}

TEST(CanvasTest, CoversNoMoreWhereALineMeetsItself) {
    Canvas canvas(20, 20, white);
    canvas.line(std::array{Point{2, 10}, Point{18, 10}, Point{2, 10}}, 2, black, 0.5);
    EXPECT_EQ(at(canvas.image(), 10, 10), (Colour{128, 128, 128}));
}

TEST(CanvasTest, LeavesOutWhatIsOutside) {
    Canvas canvas(8, 8, white);
    canvas.line(std::array{Point{-1e6, 4}, Point{1e6, 4}}, 2, black);
    canvas.box({-5, -5}, 3, 3, red);
    canvas.box({7, 7}, 1e9, 1e9, red);
    canvas.picture(image::Image{2, 2, std::vector<uint8_t>(12, 9)}, -1, 7);
    canvas.picture(image::Image{2, 2, std::vector<uint8_t>(12, 9)}, 100, -100);
    canvas.text({.at = {-3, 2}, .utf8 = "outside", .size = 20}, red);
    EXPECT_EQ(at(canvas.image(), 7, 7), red);
    EXPECT_EQ(at(canvas.image(), 0, 7), (Colour{9, 9, 9}));
    EXPECT_EQ(at(canvas.image(), 1, 7), white);
    EXPECT_EQ(at(canvas.image(), 3, 4), black);
}

TEST(CanvasTest, AnchorsTextAndTurnsIt) {
    const auto dark_columns = [](const image::Image& image) {
        int first = image.width, last = -1;
        for (int x = 0; x < image.width; ++x)
            for (int y = 0; y < image.height; ++y)
                if (at(image, x, y).r < 128) first = std::min(first, x), last = std::max(last, x);
        return std::pair(first, last);
    };
    const auto drawn = [](Anchor anchor, bool upwards) {
        Canvas canvas(100, 100, white);
        canvas.text({.at = {50, 50}, .utf8 = "HHH", .size = 16, .anchor = anchor, .upwards = upwards}, black);
        return canvas.take();
    };
    EXPECT_GE(dark_columns(drawn(Anchor::start, false)).first, 50);
    EXPECT_LE(dark_columns(drawn(Anchor::end, false)).second, 50);
    const auto [first, last] = dark_columns(drawn(Anchor::middle, false));
    EXPECT_NEAR(50 - first, last - 49, 2);
    const image::Image upwards = drawn(Anchor::start, true);
    EXPECT_LE(dark_columns(upwards).second, 50) << "above the baseline is left of it";
    EXPECT_GE(dark_columns(upwards).first, 50 - 16);
    EXPECT_EQ(darkness(upwards), darkness(drawn(Anchor::start, false)));
}

}  // namespace
}  // namespace vkm::draw
