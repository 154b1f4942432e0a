#include <train/data/dataset_kinds.h>
#include <train/data/outlines.h>
#include <train/data/synthetic.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bytes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace vkm::train {
namespace {

std::shared_ptr<const Dataset> open(const std::string& spec, Split split = Split::train, int size = 32) {
    DatasetOptions options;
    options.input_size = size;
    return open_dataset(spec, split, options);
}

TEST(SyntheticTest, SizesFollowTheSpecification) {
    EXPECT_EQ(open("synthetic")->size(), 20'000u);
    EXPECT_EQ(open("synthetic", Split::val)->size(), 2'000u);
    EXPECT_EQ(open("synthetic:5000")->size(), 5000u);
    EXPECT_EQ(open("synthetic:5000", Split::val)->size(), 500u);
    EXPECT_EQ(open("synthetic:30", Split::val)->size(), 100u);
    for (const char* spec :
         {"synthetic:0", "synthetic:-3", "synthetic:1e3", "synthetic:99999999999999999999"}) {
        EXPECT_THAT(test::message_of<DatasetError>([&] { open(spec); }),
                    testing::HasSubstr("is not a number of images"));
    }
}

TEST(SyntheticTest, ImagesAreOfTheInputSizeAndClassesTakeTurns) {
    for (const int size : {1, 17, 32, 224}) {
        const auto set = open("synthetic:20", Split::train, size);
        const image::Image image = std::get<image::Image>(set->sample(13));
        EXPECT_EQ(image.height, size);
        EXPECT_EQ(image.width, size);
        EXPECT_EQ(image.rgb.size(), size_t{3} * size * size);
    }
    const auto set = open("synthetic:20");
    EXPECT_EQ(set->kind(), SampleKind::drawing);
    EXPECT_EQ(set->num_classes(), 10);
    EXPECT_EQ(set->label(13), 3);
    EXPECT_EQ(set->class_names()[3], "cross");
}

TEST(SyntheticTest, AnImageDependsOnSeedSplitAndIndexOnly) {
    const auto pixels = [](size_t count, Split split, uint64_t seed, size_t index) {
        return Synthetic(count, split, 32, seed).draw(index).rgb;
    };
    const auto base = pixels(100, Split::train, 1, 7);
    EXPECT_EQ(base, pixels(5000, Split::train, 1, 7));
    EXPECT_NE(base, pixels(100, Split::val, 1, 7));
    EXPECT_NE(base, pixels(100, Split::train, 2, 7));
    EXPECT_NE(base, pixels(100, Split::train, 1, 17));
}

TEST(SyntheticTest, NoImageOfOneSplitIsInTheOther) {
    const Synthetic train(500, Split::train, 8, 0), val(500, Split::val, 8, 0);
    std::set<std::string> seen;
    const auto pixels = [](const Synthetic& set, size_t index) {
        const image::Image image = set.draw(index);
        return std::string(image.rgb.begin(), image.rgb.end());
    };
    for (size_t i = 0; i < 500; ++i) {
        EXPECT_TRUE(seen.insert(pixels(train, i)).second);
        EXPECT_TRUE(seen.insert(pixels(val, i)).second);
    }
}

/// Colours are drawn alike for every class, so the mean colour must not tell them apart.
TEST(SyntheticTest, ColourDoesNotTellTheClass) {
    constexpr size_t images = 4000;
    const Synthetic set(images, Split::train, 12, 0);
    std::array<double, 10> red{}, blue{};
    for (size_t i = 0; i < images; ++i) {
        const image::Image image = set.draw(i);
        for (size_t p = 0; p < image.rgb.size(); p += 3) {
            red.at(i % 10) += image.rgb[p];
            blue.at(i % 10) += image.rgb[p + 2];
        }
    }
    for (auto* sums : {&red, &blue}) {
        const auto [low, high] = std::minmax_element(sums->begin(), sums->end());
        EXPECT_LT((*high - *low) / (images / 10 * 144), 16)
            << "of 255; the spread of single images is about 60";
    }
}

TEST(OutlinesTest, DistancesAreSignedAndChangeNoFasterThanThePoint) {
    for (const Outline& outline : outlines) {
        int inside = 0;
        constexpr float step = 0.02f;
        for (float y = -1.3f; y < 1.3f; y += step) {
            for (float x = -1.3f; x < 1.3f; x += step) {
                const float d = outline.distance({x, y});
                inside += d < 0;
                ASSERT_LE(std::abs(outline.distance({x + step, y}) - d), step * 1.01f)
                    << outline.name << ' ' << x << ' ' << y;
                ASSERT_LE(std::abs(outline.distance({x, y + step}) - d), step * 1.01f)
                    << outline.name << ' ' << x << ' ' << y;
                if (x * x + y * y > 1.03f) {
                    ASSERT_GT(d, 0) << outline.name << " leaves the unit circle";
                }
            }
        }
        const float area = static_cast<float>(inside) * step * step;
        EXPECT_GT(area, 0.5f) << outline.name;
        EXPECT_LT(area, 2.5f) << outline.name;
    }
}

}  // namespace
}  // namespace vkm::train
