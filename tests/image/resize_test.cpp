#include <base/random.h>
#include <image/crop.h>
#include <image/resize.h>

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "support/bytes.h"
#include "support/python.h"
#include "support/temporary_folder.h"

namespace vkm::image {
namespace {

/// Returns noise, saturated in places: the filter's rounding and clipping show everywhere.
Image noise(int height, int width, uint64_t seed) {
    Image image{height, width, {}};
    Random random(RandomStream::synthetic, {seed});
    for (int i = 0; i < 3 * height * width; ++i) {
        image.rgb.push_back(
            static_cast<uint8_t>(std::clamp(static_cast<int>(random.below(400)) - 70, 0, 255)));
    }
    return image;
}

std::string text_of(const Image& image) {
    return {image.rgb.begin(), image.rgb.end()};
}

Resize whole(const Image& image, int height, int width) {
    return {{0, 0, image.height, image.width}, height, width, {0, 0, height, width}};
}

TEST(ResizeTest, EqualsPillowBitForBit) {
    struct Case {
        int height, width, to_height, to_width;
    };
    constexpr Case cases[] = {{37, 53, 16, 24},   {13, 7, 29, 31},      {101, 67, 101, 20},
                              {101, 67, 33, 67},  {1, 1, 5, 3},         {64, 64, 1, 1},
                              {3, 500, 7, 64},    {375, 500, 256, 341}, {224, 224, 32, 32},
                              {31, 33, 224, 239}, {17, 19, 17, 19}};
    const test::TemporaryFolder folder;
    if (!test::run_python(folder.path(), "import PIL"))
        GTEST_SKIP() << "needs Pillow (python3-pil) as oracle";
    std::string script =
        "from PIL import Image\ndef resize(name, w, h, to_w, to_h):\n"
        "    image = Image.frombytes('RGB', (w, h), open(name, 'rb').read())\n"
        "    for kind in (Image.BILINEAR, Image.BICUBIC):\n"
        "        open(name + '.' + str(int(kind)), 'wb').write(image.resize((to_w, to_h), kind).tobytes())\n";
    for (const Case& c : cases) {
        const std::string name = fmt::format("{}x{}to{}x{}", c.height, c.width, c.to_height, c.to_width);
        test::write_content(folder / name, text_of(noise(c.height, c.width, 1)));
        script +=
            fmt::format("resize('{}', {}, {}, {}, {})\n", name, c.width, c.height, c.to_width, c.to_height);
    }
    ASSERT_TRUE(test::run_python(folder.path(), script));
    for (const Case& c : cases) {
        const std::string name = fmt::format("{}x{}to{}x{}", c.height, c.width, c.to_height, c.to_width);
        const Image image = noise(c.height, c.width, 1);
        // Pillow's numbers of the two.
        for (const auto& [kind, number] :
             {std::pair(Interpolation::bilinear, "2"), std::pair(Interpolation::bicubic, "3")}) {
            const Image resized = resize(image, whole(image, c.to_height, c.to_width), kind);
            EXPECT_EQ(resized.height, c.to_height);
            EXPECT_EQ(resized.width, c.to_width);
            EXPECT_TRUE(text_of(resized) == test::file_content(folder / (name + "." + number)))
                << name << ", " << number;
        }
    }
}

TEST(ResizeTest, WindowIsACropOfTheWhole) {
    const Image image = noise(45, 61, 2);
    const Image full = resize_bilinear(image, whole(image, 32, 43));
    const Rectangle window{5, 9, 21, 17};
    const Image part = resize_bilinear(image, {{0, 0, 45, 61}, 32, 43, window});
    for (int y = 0; y < window.height; ++y) {
        for (int x = 0; x < 3 * window.width; ++x) {
            ASSERT_EQ(part.rgb[static_cast<size_t>(y * 3 * window.width + x)],
                      full.rgb[static_cast<size_t>((y + window.top) * 3 * 43 + x + 3 * window.left)]);
        }
    }
}

TEST(ResizeTest, CropIsCutBeforeScaling) {
    const Image image = noise(45, 61, 3);
    const Rectangle crop{7, 11, 29, 37};
    const Image cut = resize_bilinear(image, {crop, 29, 37, {0, 0, 29, 37}});
    EXPECT_EQ(resize_bilinear(image, {crop, 16, 16, {0, 0, 16, 16}}).rgb,
              resize_bilinear(cut, whole(cut, 16, 16)).rgb);
}

TEST(ResizeTest, KeepsOneColourExactly) {
    const Image image{30, 40, std::vector<uint8_t>(size_t{3} * 30 * 40, 201)};
    const Image resized = resize_bilinear(image, whole(image, 17, 91));
    EXPECT_TRUE(std::all_of(resized.rgb.begin(), resized.rgb.end(), [](uint8_t v) { return v == 201; }));
}

TEST(ResizeTest, RefusesRegionsOutsideOfTheImage) {
    const Image image = noise(8, 8, 4);
    EXPECT_THROW(resize_bilinear(image, {{1, 0, 8, 8}, 4, 4, {0, 0, 4, 4}}), std::invalid_argument);
    EXPECT_THROW(resize_bilinear(image, {{0, 0, 8, 8}, 4, 4, {0, 1, 4, 4}}), std::invalid_argument);
}

TEST(EvaluationCropTest, HasTorchvisionsGeometry) {
    struct Case {
        int height, width, input_size;
        double crop_pct;
        int scaled_height, scaled_width, top, left;
    };
    // Resize(floor(input / pct)) and CenterCrop(input) of torchvision 0.14.
    constexpr Case cases[] = {
        {375, 500, 224, 0.875, 256, 341, 16, 58}, {500, 375, 224, 0.875, 341, 256, 58, 16},
        {333, 500, 224, 0.875, 256, 384, 16, 80}, {224, 224, 224, 1.0, 224, 224, 0, 0},
        {32, 32, 32, 1.0, 32, 32, 0, 0},          {32, 32, 32, 0.875, 36, 36, 2, 2},
        {33, 47, 32, 0.875, 36, 51, 2, 10},       {1, 7, 8, 0.5, 16, 112, 4, 52},
        {97, 61, 96, 0.95, 160, 101, 32, 2},      {600, 601, 299, 0.875, 341, 341, 21, 21},
        {50, 200, 31, 0.9, 34, 136, 2, 52},       {511, 1023, 160, 0.8, 200, 400, 20, 120}};
    for (const Case& c : cases) {
        const Resize expected{{0, 0, c.height, c.width},
                              c.scaled_height,
                              c.scaled_width,
                              {c.top, c.left, c.input_size, c.input_size}};
        EXPECT_EQ(evaluation_crop(c.height, c.width, c.input_size, c.crop_pct), expected)
            << c.height << " x " << c.width << " to " << c.input_size;
    }
}

TEST(EvaluationCropTest, SquashesBothSidesAlike) {
    EXPECT_EQ(evaluation_crop(375, 500, 224, 1, EvalResize::squash),
              (Resize{{0, 0, 375, 500}, 224, 224, {0, 0, 224, 224}}));
    EXPECT_EQ(evaluation_crop(375, 500, 224, 0.875, EvalResize::squash),
              (Resize{{0, 0, 375, 500}, 256, 256, {16, 16, 224, 224}}));
}

TEST(EvaluationCropTest, RefusesCropsLargerThanTheImage) {
    EXPECT_THROW(evaluation_crop(10, 10, 8, 1.1), Error);
    EXPECT_THROW(evaluation_crop(10, 10, 8, 0), Error);
    EXPECT_THROW(evaluation_crop(10, 10, 8, std::numeric_limits<double>::quiet_NaN()), Error);
}

TEST(RandomResizedCropTest, DrawsAreasAndRatiosOfTorchvision) {
    constexpr int height = 300, width = 400, draws = 4000;
    double area_sum = 0, log_ratio_sum = 0;
    for (uint64_t i = 0; i < draws; ++i) {
        Random random(RandomStream::random_resized_crop, {0, 0, i});
        const Resize resize = random_resized_crop(height, width, 64, random);
        const Rectangle& crop = resize.crop;
        ASSERT_TRUE(crop.top >= 0 && crop.left >= 0 && crop.top + crop.height <= height &&
                    crop.left + crop.width <= width);
        ASSERT_EQ(resize.window, (Rectangle{0, 0, 64, 64}));
        const double area = static_cast<double>(crop.height) * crop.width / (height * width);
        const double ratio = static_cast<double>(crop.width) / crop.height;
        ASSERT_GT(area, 0.078);
        ASSERT_GT(ratio, 0.74);
        ASSERT_LT(ratio, 1.35);
        area_sum += area;
        log_ratio_sum += std::log(ratio);
    }
    // Means of 20,000 draws of torchvision's get_params for this size: those that do not fit are drawn again.
    EXPECT_NEAR(area_sum / draws, 0.4351, 0.012);
    EXPECT_NEAR(log_ratio_sum / draws, 0.0314, 0.012);
}

TEST(RandomResizedCropTest, TakesTheMiddleOfImagesTooLongForAnyCrop) {
    Random random(RandomStream::random_resized_crop, {1});
    EXPECT_EQ(random_resized_crop(10, 1000, 32, random).crop, (Rectangle{0, 493, 10, 13}));
    EXPECT_EQ(random_resized_crop(1000, 9, 32, random).crop, (Rectangle{494, 0, 12, 9}));
}

}  // namespace
}  // namespace vkm::image
