#include <train/step_pipeline.h>

#include <gtest/gtest.h>

#include "train/support/training.h"

namespace vkm::train {
namespace {

// Launches steps 0, 1, … of the tiny network, and notes which of them have landed.
class StepPipelineTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!engine::test_instance() || engine::test_instance()->devices().empty())
            GTEST_SKIP() << "no Vulkan device";
        training.emplace(test::TrainingOptions{});
        pipeline.emplace(*training->executor, [&](const StepPipeline::Flight& flight) {
            landed.push_back(flight.params.step);
            losses.push_back(training->executor->metrics(flight.slot).loss);
        });
    }
    void launch(uint32_t step) {
        pipeline->launch(std::make_shared<const Batch>(test::tiny_batch(7)),
                         {.learning_rate = 0.1f, .step = step});
    }

    std::optional<test::Training> training;
    std::optional<StepPipeline> pipeline;
    std::vector<uint32_t> landed;
    std::vector<double> losses;
};

TEST_F(StepPipelineTest, AStepLandsWhenItsSlotIsNeededAndInOrder) {
    const auto slots = static_cast<uint32_t>(training->executor->executor().slots());
    for (uint32_t step = 0; step < slots; ++step)
        launch(step);
    EXPECT_TRUE(landed.empty());
    launch(slots);
    EXPECT_EQ(landed, std::vector<uint32_t>{0});
    pipeline->wait_all();
    EXPECT_EQ(landed, std::vector<uint32_t>{0}) << "who waits takes nothing out";
    pipeline->land_all();
    ASSERT_EQ(landed.size(), slots + 1);
    for (uint32_t step = 0; step <= slots; ++step)
        EXPECT_EQ(landed[step], step);
    pipeline->land_all();
    EXPECT_EQ(landed.size(), slots + 1) << "each lands once";
}

TEST_F(StepPipelineTest, WhatLandsIsWhatStepsOneByOneGive) {
    test::Training alone{test::TrainingOptions{}};
    for (uint32_t step = 0; step < 4; ++step)
        launch(step);
    pipeline->land_all();
    for (const double loss : losses)
        EXPECT_EQ(loss, alone.step().loss);
}

}  // namespace
}  // namespace vkm::train
