#include "train/support/tiny.h"

#include <train/batch_statistics.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>

using testing::HasSubstr;

namespace vkm::train {
namespace {

std::string refusal(int64_t input_size, const StepShape& shape, bool sync_bn = false) {
    graph::ModelConfig model = test::tiny_model();
    model.input_size = input_size;
    return test::message_of<TooFewValues>(
        [&] { require_batch_statistics(model, shape, {.sync_bn = sync_bn}); });
}

TEST(BatchStatisticsTest, ASingleValueIsRefusedWithWhatToDo) {
    EXPECT_THAT(refusal(16, {.local_batch = 1, .global_batch = 1}),
                HasSubstr("layer features.9.block.1.1 normalises over a single value a channel"));
    EXPECT_THAT(refusal(16, {.local_batch = 1, .global_batch = 1}),
                HasSubstr("raise --batch-size, or --input-size"));
    EXPECT_THAT(refusal(16, {.local_batch = 1, .global_batch = 3, .replicas = 2}),
                HasSubstr("raise --batch-size to 4 or more for 2 devices"));
}

TEST(BatchStatisticsTest, AShareOfOneImageOfALargeBatchIsSaidToBeTooSmall) {
    EXPECT_THAT(refusal(16, {.local_batch = 1, .global_batch = 8, .replicas = 2}),
                HasSubstr("the batch of 8 leaves a device one image: give it a larger part (--shares)"));
}

TEST(BatchStatisticsTest, TwoValuesAreEnough) {
    EXPECT_EQ(refusal(32, {.local_batch = 1, .global_batch = 1}), "");
    EXPECT_EQ(refusal(16, {.local_batch = 2, .global_batch = 2}), "");
    EXPECT_EQ(refusal(16, {.local_batch = 1, .global_batch = 2, .replicas = 2}, true), "");
}

}  // namespace
}  // namespace vkm::train
