#include <train/run_schedule.h>

#include <gtest/gtest.h>

namespace vkm::train {
namespace {

constexpr int64_t batches = 7;

TrainerOptions options_of(int64_t epochs, int64_t accumulation = 1) {
    TrainerOptions options;
    options.recipe.epochs = epochs;
    options.recipe.accumulation = accumulation;
    options.recipe.batch_size = 5;
    options.learning_rate.base = 0.5;
    return options;
}

Batch batch_of(int64_t epoch, int64_t number) {
    Batch batch;
    batch.epoch = epoch;
    batch.number = number;
    return batch;
}

TEST(RunScheduleTest, AnEpochsLastBatchLeadsToTheNextEpoch) {
    const TrainerOptions options = options_of(2);
    const RunSchedule schedule(options, batches);
    Position position;
    schedule.advance(position, batch_of(0, 5));
    EXPECT_EQ(std::tuple(position.step, position.epoch, position.batch), std::tuple(1, 0, 6));
    schedule.advance(position, batch_of(0, 6));
    EXPECT_EQ(std::tuple(position.step, position.epoch, position.batch), std::tuple(2, 1, 0));
}

TEST(RunScheduleTest, AnEpochsLastStepHasTheBatchesThatAreLeft) {
    const TrainerOptions options = options_of(1, 3);
    const RunSchedule schedule(options, batches);
    EXPECT_EQ(schedule.batches_of_step(0), 3);
    EXPECT_EQ(schedule.batches_of_step(6), 1);
    Position position;
    position.epoch = 2;
    position.batch = 3;
    EXPECT_EQ(schedule.batches_done(position), 2 * batches + 3);
}

TEST(RunScheduleTest, ALaterFirstEpochIsNoneOfTheRunsSteps) {
    TrainerOptions options = options_of(9);
    options.start_epoch = 3;
    options.max_steps = 10;
    const RunSchedule schedule(options, batches);
    EXPECT_EQ(schedule.first_step(), 3 * batches);
    Position position;
    position.epoch = 3;
    position.step = schedule.first_step();
    EXPECT_FALSE(schedule.is_over(position));
    EXPECT_EQ(schedule.batches_done(position), 0);
    position.step += 10;
    EXPECT_TRUE(schedule.is_over(position));
}

TEST(RunScheduleTest, PeriodsOfValidationMayBePartsOfAnEpoch) {
    TrainerOptions options = options_of(2);
    options.validate_every = 0.5;
    const RunSchedule schedule(options, batches);
    std::vector<int64_t> due;
    for (Position position; position.epoch < 2;) {
        schedule.advance(position, batch_of(position.epoch, position.batch));
        if (schedule.validation_is_due(position)) due.push_back(position.step);
    }
    EXPECT_EQ(due, (std::vector<int64_t>{4, 7, 11, 14}));
}

TEST(RunScheduleTest, AStepIsToldItsPlaceInTheDataAndTheRun) {
    TrainerOptions options = options_of(2, 3);
    options.recipe.seed = 0x1'0000'0002;
    const RunSchedule schedule(options, batches);
    Position position;
    position.step = 4;
    const graph::StepParams params = schedule.step_params(position, batch_of(1, 6), 1, 3);
    EXPECT_EQ(params.learning_rate, 0.5f);
    EXPECT_EQ(std::tuple(params.step, params.epoch, params.first_sample), std::tuple(4u, 1u, 30u));
    EXPECT_EQ(std::tuple(params.seed_high, params.seed_low), std::tuple(1u, 2u));
    EXPECT_EQ(std::tuple(params.micro_batch, params.micro_batch_share), std::tuple(1u, 1.0f / 3));
}

}  // namespace
}  // namespace vkm::train
