#include <train/report/class_report.h>

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace vkm::train {
namespace {

using Logits = std::array<double, 7>;

TEST(ClassReportTest, CountsByClass) {
    ClassReport report(7, 3);
    report.add(0, 1, Logits{0, 5, 0, 0, 0, 0, 0});
    report.add(1, 1, Logits{9, 5, 4, 3, 2, 1, 0});
    report.add(2, 1, Logits{9, 0, 8, 7, 6, 5, 4});
    report.add(3, 6,
               Logits{1, 1, 1, 1, 1, 1, 1});  // equal: class 0 is predicted, and five are before class 6
    report.add(4, -1, Logits{});
    const std::vector<ClassScore>& classes = report.classes();
    EXPECT_EQ(classes[1].images, 3);
    EXPECT_EQ(classes[1].top1_hits, 1);
    EXPECT_EQ(classes[1].top5_hits, 2);
    EXPECT_EQ(classes[0].predictions, 3);
    EXPECT_EQ(classes[6].top5_hits, 0);
    EXPECT_EQ(report.images(1, 0), 2);
    EXPECT_EQ(report.images(0, 1), 0);
    const std::vector<Confusion> confusions = report.confusions();
    ASSERT_EQ(confusions.size(), 2u);
    EXPECT_EQ(confusions[0].images, 2);
    EXPECT_EQ(confusions[1].label, 6);
}

TEST(ClassReportTest, KeepsTheWorst) {
    ClassReport report(2, 2);
    for (size_t i = 0; i < 9; ++i)
        report.add(i, 0, std::array<double, 2>{static_cast<double>(i % 3), 1});
    const std::vector<JudgedImage> worst = report.worst();
    ASSERT_EQ(worst.size(), 2u);
    EXPECT_EQ(worst[0].index, 0u);
    EXPECT_EQ(worst[1].index, 3u) << "of equal ones the first";
    EXPECT_EQ(worst[0].predicted, 1);
    EXPECT_NEAR(worst[0].loss, std::log(1 + std::exp(1)), 1e-12);
    EXPECT_NEAR(worst[0].confidence, std::exp(1) / (1 + std::exp(1)), 1e-12);
    EXPECT_TRUE(ClassReport(2, 0).worst().empty());
}

TEST(ClassReportTest, HoldsAnyLogits) {
    ClassReport report(2, 1);
    report.add(0, 0, std::array<double, 2>{-1e4, 1e4});
    EXPECT_DOUBLE_EQ(report.worst()[0].loss, 2e4);
}

}  // namespace
}  // namespace vkm::train
