#include <base/error.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <train/augmentation.h>

#include <set>

namespace vkm::train {
namespace {

TEST(AugmentationTest, EveryNameStandsForOneOfItsOwn) {
    std::set<std::string_view> names;
    for (const NamedAugmentation& row : augmentations()) {
        names.insert(row.name);
        EXPECT_EQ(parse_augmentation(row.name), row.augmentation) << row.name;
    }
    EXPECT_EQ(names, (std::set<std::string_view>{"none", "crop-pad4", "random-resized-crop"}));
}

TEST(AugmentationTest, NoneIsWhatEvaluationDoes) {
    EXPECT_EQ(parse_augmentation("none"), Augmentation{});
    EXPECT_EQ(Augmentation{}.crop, Crop::center);
    EXPECT_EQ(Augmentation{}.flip, 0);
}

TEST(AugmentationTest, AnotherNameIsRefused) {
    EXPECT_EQ(test::message_of<Error>([] { parse_augmentation("mixup"); }), "'mixup' is no augmentation");
}

}  // namespace
}  // namespace vkm::train
