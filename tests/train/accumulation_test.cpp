#include "train/support/tiny_run.h"

#include <graph/finite.h>
#include <gtest/gtest.h>
#include <support/device_pool.h>

#include <cmath>
#include <numbers>

namespace vkm::train {
namespace {

class AccumulationTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!engine::test_instance() || engine::test_instance()->devices().empty())
            GTEST_SKIP() << "no Vulkan device";
    }
    /// Batch norms are frozen, so that a batch's gradient is the mean of its images'.
    TrainerOptions options(int64_t batch, int64_t accumulation) {
        TrainerOptions options = test::tiny_training(folder.path() / std::to_string(runs++));
        options.recipe.epochs = 1;
        options.recipe.batch_size = batch;
        options.recipe.accumulation = accumulation;
        options.recipe.frozen = graph::parse_frozen("bn", options.model);
        options.shuffle = false;
        options.log_every = 1;
        options.learning_rate.base = 0.05;
        return options;
    }
    const test::TemporaryFolder folder;
    int runs = 0;
};

void expect_near(const std::filesystem::path& got, const std::filesystem::path& want) {
    const auto a = test::weights_of_run(got), b = test::weights_of_run(want);
    ASSERT_EQ(a.size(), b.size());
    for (const auto& [name, values] : a)
        for (size_t i = 0; i < values.size(); ++i)
            ASSERT_NEAR(values[i], b.at(name)[i], 2e-5 * (1 + std::abs(values[i]))) << name;
}

TEST_F(AccumulationTest, BatchesOfAStepAreOneBigBatch) {
    const TrainerOptions whole = options(14, 1), parts = options(2, 7);
    test::TinyRun one, several;
    one.go(whole);
    several.go(parts);
    ASSERT_EQ(one.steps.size(), 1u);
    ASSERT_EQ(several.steps.size(), 1u);
    EXPECT_NEAR(several.steps[0].loss, one.steps[0].loss, 1e-5);
    expect_near(parts.out, whole.out);
}

TEST_F(AccumulationTest, DevicesMakeOneUpdateOfAllTheirBatches) {
    const TrainerOptions whole = options(12, 1), parts = options(4, 3);
    test::TinyRun one, several;
    one.go(whole);
    several.go(parts, 2);
    EXPECT_EQ(several.steps.size(), 1u);
    expect_near(parts.out, whole.out);
}

/// 14 images are three batches of 4. The second step of an epoch has one batch left.
TEST_F(AccumulationTest, TheLastStepOfAnEpochHasTheBatchesThatAreLeft) {
    TrainerOptions parts = options(4, 2);
    parts.recipe.epochs = 2;
    parts.learning_rate.decay = Decay::cosine;
    test::TinyRun run;
    run.go(parts);
    ASSERT_EQ(run.steps.size(), 4u);
    EXPECT_EQ(run.result.steps, 4);
    EXPECT_EQ(run.result.epochs, 2);
    for (size_t step = 0; step < 4; ++step) {
        const double rate = 0.05 * (1 + std::cos(std::numbers::pi * static_cast<double>(step) / 4)) / 2;
        EXPECT_NEAR(run.steps[step].learning_rate, rate, 1e-6) << "schedules go by updates";
        EXPECT_EQ(run.steps[step].epoch, step < 2 ? 0 : 1);
    }

    // What is left is divided by how many there are: by hand, a step of 8 images and one of 4.
    TrainerOptions first = options(8, 1);
    first.max_steps = 1;
    test::TinyRun by_hand;
    by_hand.go(first);
    EXPECT_NEAR(run.steps[0].loss, by_hand.steps[0].loss, 1e-5);
}

TEST_F(AccumulationTest, ARunGoesOnBitForBitInMidEpoch) {
    TrainerOptions parts = options(4, 2);
    parts.recipe.epochs = 2;
    parts.recipe.frozen = {};
    parts.storage = graph::DType::f16;
    parts.recipe.optimizer = {.name = "adam"};
    parts.learning_rate.base = 1e-3;
    test::expect_resumes(parts, 1, 3, 2);
}

TEST_F(AccumulationTest, AnImageThatIsNotFiniteStopsTheRunWhicheverBatchItIsIn) {
    for (const size_t bad : {1, 5}) {
        TrainerOptions parts = options(4, 2);
        const test::LentDevice device;
        ModelOnDevices replicas({device.get()});
        TrainingObserver silent;
        EXPECT_THROW(train(parts, replicas, std::make_shared<test::TinyImages>(bad), nullptr, silent,
                           std::atomic<bool>(false)),
                     graph::NonFinite);
    }
}

}  // namespace
}  // namespace vkm::train
