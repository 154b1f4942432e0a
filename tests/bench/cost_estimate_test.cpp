#include <bench/batch_memory.h>
#include <bench/cost_estimate.h>

#include <gtest/gtest.h>

namespace vkm::bench {
namespace {

TEST(CostEstimateTest, NothingIsForetoldOfNothing) {
    EXPECT_FALSE(CostEstimate().of({"a network", "training", "fp32", 1, 10}));
}

TEST(CostEstimateTest, ARunGrowsWithItsOperations) {
    CostEstimate estimate;
    estimate.add({"small", "inference", "fp32", 1, 10}, {.setup = 2, .run = 0.5});
    const auto batch_32 = estimate.of({"small", "inference", "fp32", 32, 320});
    ASSERT_TRUE(batch_32);
    EXPECT_DOUBLE_EQ(batch_32->run, 16);
    EXPECT_DOUBLE_EQ(batch_32->setup, 2);
}

TEST(CostEstimateTest, TheNearestCaseCountsModeBeforeNetworkBeforePrecision) {
    CostEstimate estimate;
    estimate.add({"large", "inference", "fp16", 1, 10}, {.setup = 1, .run = 1});
    estimate.add({"small", "training", "fp32", 1, 10}, {.setup = 1, .run = 2});
    EXPECT_DOUBLE_EQ(estimate.of({"large", "training", "fp16", 1, 10})->run, 2);
    estimate.add({"large", "training", "fp32", 1, 10}, {.setup = 1, .run = 3});
    EXPECT_DOUBLE_EQ(estimate.of({"large", "training", "fp16", 1, 10})->run, 3);
    EXPECT_DOUBLE_EQ(estimate.of({"small", "training", "fp16", 1, 10})->run, 2);
}

TEST(CostEstimateTest, TheLargerBatchTellsMoreOfLargerOnes) {
    CostEstimate estimate;
    // Bound by launches at batch 1: 32 images take no longer.
    estimate.add({"small", "training", "fp32", 32, 320}, {.setup = 1, .run = 1});
    estimate.add({"small", "training", "fp32", 1, 10}, {.setup = 1, .run = 1});
    EXPECT_DOUBLE_EQ(estimate.of({"small", "training", "fp32", 64, 640})->run, 2);
}

TEST(CostEstimateTest, SetupGrowsAsItDidBetweenTwoBatches) {
    CostEstimate estimate;
    estimate.add({"small", "training", "fp32", 1, 10}, {.setup = 2, .run = 1});
    estimate.add({"small", "training", "fp32", 33, 330}, {.setup = 6, .run = 1});
    EXPECT_DOUBLE_EQ(estimate.of({"small", "training", "fp32", 65, 650})->setup, 10);
    // The first compiled, and the second found it compiled.
    estimate.add({"large", "training", "fp32", 1, 10}, {.setup = 9, .run = 1});
    estimate.add({"large", "training", "fp32", 32, 320}, {.setup = 3, .run = 1});
    EXPECT_DOUBLE_EQ(estimate.of({"large", "training", "fp32", 64, 640})->setup, 3);
}

TEST(BatchMemoryTest, TheLargestBatchIsThePowerOfTwoThatFits) {
    const BatchMemory memory = BatchMemory::through(1, 110, 32, 420);
    EXPECT_DOUBLE_EQ(memory.fixed, 100);
    EXPECT_DOUBLE_EQ(memory.per_image, 10);
    EXPECT_EQ(memory.largest_batch(109), 0);
    EXPECT_EQ(memory.largest_batch(110), 1);
    EXPECT_EQ(memory.largest_batch(420), 32);
    EXPECT_EQ(memory.largest_batch(739), 32);
    EXPECT_EQ(memory.largest_batch(740), 64);
}

TEST(BatchWithinTest, ABatchIsHalvedUntilItEndsInTime) {
    const auto a_second_an_image = [](int64_t batch) { return static_cast<double>(batch); };
    EXPECT_EQ(batch_within(1000, 512, 64, a_second_an_image), 512);
    EXPECT_EQ(batch_within(511, 512, 64, a_second_an_image), 256);
    EXPECT_EQ(batch_within(1, 512, 64, a_second_an_image), 64);
    EXPECT_EQ(batch_within(1, 16, 64, a_second_an_image), 16) << "it is all that fits the memory";
}

}  // namespace
}  // namespace vkm::bench
