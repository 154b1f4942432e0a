#include <infer/classification.h>

#include <gtest/gtest.h>

namespace vkm::infer {
namespace {

std::vector<int64_t> labels(const Classification& classification) {
    std::vector<int64_t> all;
    for (const auto& entry : classification.top)
        all.push_back(entry.label);
    return all;
}

TEST(ClassificationTest, TheMostProbableComeFirstAndEqualOnesInTheOrderOfTheirClasses) {
    EXPECT_EQ(labels(classification_of({1, 3, 2, 3, 2, 3, -1}, 5, {})),
              (std::vector<int64_t>{1, 3, 5, 2, 4}));
}

TEST(ClassificationTest, HasNoMoreThanThereAreClasses) {
    EXPECT_EQ(labels(classification_of({0, 1}, 5, {})), (std::vector<int64_t>{1, 0}));
    EXPECT_TRUE(classification_of({0, 1}, 0, {}).top.empty());
}

TEST(ClassificationTest, ProbabilitiesAreThoseOfAllClasses) {
    const std::vector<std::string> names{"cat"};
    const Classification two = classification_of({1000, 1000, -1000}, 2, names);
    EXPECT_DOUBLE_EQ(two.top[0].probability, .5);
    EXPECT_DOUBLE_EQ(two.top[1].probability, .5);
    EXPECT_EQ(two.top[0].name, "cat");
    EXPECT_EQ(two.top[1].name, "1");
    EXPECT_EQ(two.logits.size(), 3u);
}

}  // namespace
}  // namespace vkm::infer
