#include <train/augment/drawn.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>

namespace vkm::train {
namespace {

constexpr int count_of = 20000, size = 224;

DrawKey key_of(int i) {
    return {7, i / 1000, static_cast<uint32_t>(i % 1000), 0, i % 1000};
}

TEST(DrawnTest, FlipsAreAsProbableAsAsked) {
    Augmentation augmentation;
    for (const double probability : {0.0, 0.25, 0.5, 1.0}) {
        augmentation.flip = probability;
        augmentation.vertical_flip = 1 - probability;
        int flipped = 0, vertically = 0;
        for (int i = 0; i < count_of; ++i) {
            const Framing framing = draw_framing(augmentation, key_of(i), 40, 50, 32, {});
            flipped += framing.flipped;
            vertically += framing.flipped_vertically;
        }
        EXPECT_NEAR(flipped, probability * count_of, 0.015 * count_of);
        EXPECT_NEAR(vertically, (1 - probability) * count_of, 0.015 * count_of);
    }
}

TEST(DrawnTest, RepeatsOfAnImageAreDrawnAnew) {
    Augmentation augmentation;
    augmentation.crop = Crop::random_resized;
    DrawKey key = key_of(5);
    const Framing first = draw_framing(augmentation, key, 300, 400, size, {});
    EXPECT_EQ(draw_framing(augmentation, key, 300, 400, size, {}).resize, first.resize);
    key.repeat = 1;
    EXPECT_NE(draw_framing(augmentation, key, 300, 400, size, {}).resize, first.resize);
}

TEST(DrawnTest, CropsHaveTheAreasAndRatiosAskedFor) {
    Augmentation augmentation;
    augmentation.crop = Crop::random_resized;
    augmentation.scale = {0.25, 0.36};
    augmentation.ratio = {1, 1};
    for (int i = 0; i < 200; ++i) {
        const image::Rectangle crop = draw_framing(augmentation, key_of(i), 200, 200, size, {}).resize.crop;
        EXPECT_EQ(crop.height, crop.width);
        EXPECT_GE(crop.height, 100);
        EXPECT_LE(crop.height, 120);
    }
}

TEST(DrawnTest, PaddedCropsShiftByUpToFourPixelsOfTheImageItself) {
    Augmentation augmentation;
    augmentation.crop = Crop::pad4;
    int least = 9, most = -9;
    for (int i = 0; i < 500; ++i) {
        const Framing framing = draw_framing(augmentation, key_of(i), 32, 32, size, {0.875});
        EXPECT_EQ(framing.resize.height, size) << "there is no margin";
        least = std::min(least, framing.cut.top);
        most = std::max(most, framing.cut.left);
    }
    EXPECT_EQ(least, -4);
    EXPECT_EQ(most, 4);
}

TEST(DrawnTest, JitterIsInAnyOrderAndWithinItsRanges) {
    Augmentation augmentation;
    augmentation.jitter = {0.4, 0.4, 0.4, 0.1};
    int saturation_first = 0;
    double factors = 0;
    for (int i = 0; i < count_of; ++i) {
        const auto operations = draw_operations(augmentation, nullptr, key_of(i), {size, {}});
        ASSERT_EQ(operations.size(), 4u);
        for (const Operation& operation : operations)
            if (operation.kind() == graph::ops::ColourKind::saturation) {
                const float factor = std::bit_cast<float>(operation.words[1]);
                ASSERT_GE(factor, 0.6f);
                ASSERT_LE(factor, 1.4f);
                factors += factor;
            }
        saturation_first += operations.front().kind() == graph::ops::ColourKind::saturation;
    }
    EXPECT_NEAR(factors / count_of, 1, 0.01);
    EXPECT_NEAR(saturation_first, count_of / 4.0, 0.015 * count_of);
}

TEST(DrawnTest, ErasedPartsAreThoseOfTimm) {
    Augmentation augmentation;
    augmentation.erase = 0.25;
    int erased = 0;
    double area = 0, log_ratio = 0, squared_log_ratio = 0;
    for (int i = 0; i < count_of; ++i)
        for (const Erasure& e : draw_erasures(augmentation, key_of(i), size)) {
            ASSERT_GE(e.top, 0);
            ASSERT_GE(e.left, 0);
            ASSERT_LE(e.top + e.height, size);
            ASSERT_LE(e.left + e.width, size);
            ++erased;
            area += static_cast<double>(e.height) * e.width / (size * size);
            const double ratio = std::log(static_cast<double>(e.height) / e.width);
            log_ratio += ratio;
            squared_log_ratio += ratio * ratio;
        }
    EXPECT_NEAR(erased, count_of / 4.0, 0.015 * count_of);
    // Uniform in 0.02 .. 1/3, and in log 0.3 .. -log 0.3.
    EXPECT_NEAR(area / erased, (0.02 + 1.0 / 3) / 2, 0.005);
    EXPECT_NEAR(log_ratio / erased, 0, 0.03);
    EXPECT_NEAR(squared_log_ratio / erased, std::log(0.3) * std::log(0.3) / 3, 0.03);
}

TEST(DrawnTest, SeveralErasedPartsShareTheArea) {
    Augmentation augmentation;
    augmentation.erase = 1;
    augmentation.erase_count = 3;
    std::array<int, 4> numbers{};
    for (int i = 0; i < 3000; ++i) {
        const auto erasures = draw_erasures(augmentation, key_of(i), size);
        ++numbers.at(erasures.size());
        double area = 0;
        for (const Erasure& e : erasures)
            area += static_cast<double>(e.height) * e.width / (size * size);
        EXPECT_LE(area, 0.35);
    }
    for (size_t n = 1; n <= 3; ++n)
        EXPECT_NEAR(numbers[n], 1000, 120);
}

}  // namespace
}  // namespace vkm::train
