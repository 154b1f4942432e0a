#include "train/support/tiny_run.h"

#include <engine/error.h>
#include <graph/finite.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/device_pool.h>

namespace vkm::train {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// Trains the tiny network with its layers split over several devices. An epoch of 14 images is seven batches, so that
/// with three or four a step the last step has fewer.
class PipelinedTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!engine::test_instance() || engine::test_instance()->devices().empty())
            GTEST_SKIP() << "no Vulkan device";
    }

    TrainerOptions training(int64_t batches) {
        TrainerOptions options = test::tiny_training(folder.path() / std::to_string(runs++));
        options.recipe.epochs = 1;
        options.recipe.batch_size = 2;
        options.recipe.accumulation = batches;
        options.log_every = 1;
        return options;
    }
    /// Returns the same run in stages that begin at these layers; none: as they are measured.
    TrainerOptions staged(TrainerOptions options, std::vector<size_t> begins = {}) {
        options.out = folder.path() / std::to_string(runs++);
        options.placement.kind = PlacementPolicy::Kind::pipeline;
        if (!begins.empty()) options.placement.stages = graph::StageLayers{std::move(begins)};
        return options;
    }
    /// Expects that the same run on one device and over these stages keeps the same bytes.
    void expect_bits_of_one_device(const TrainerOptions& options, const std::vector<size_t>& begins) {
        const TrainerOptions stages = staged(options, begins);
        test::TinyRun one, several;
        one.go(options);
        several.go(stages, begins.size());
        EXPECT_TRUE(test::kept_by(stages.out) == test::kept_by(options.out));
        ASSERT_THAT(several.steps, SizeIs(one.steps.size()));
        for (size_t i = 0; i < one.steps.size(); ++i) {
            EXPECT_EQ(several.steps[i].loss, one.steps[i].loss);
            EXPECT_EQ(several.steps[i].top1, one.steps[i].top1);
            EXPECT_EQ(several.steps[i].gradient_norm, one.steps[i].gradient_norm);
        }
    }

    const test::TemporaryFolder folder;
    int runs = 0;
};

TEST_F(PipelinedTest, TwoStagesMakeTheBitsOfOneDevice) {
    for (const size_t cut : {1, 7, 20})
        expect_bits_of_one_device(training(3), {0, cut});
}

TEST_F(PipelinedTest, ThreeStagesMakeTheBitsOfOneDevice) {
    expect_bits_of_one_device(training(4), {0, 5, 17});
}

TEST_F(PipelinedTest, StepsOfMoreBatchesThanTheLoaderUsuallyHoldsGoOn) {
    TrainerOptions options = training(7);
    options.recipe.epochs = 5;
    expect_bits_of_one_device(options, {0, 9});
}

TEST_F(PipelinedTest, ABatchAStepIsAPipelineTooThoughOneThatWaits) {
    expect_bits_of_one_device(training(1), {0, 9});
}

TEST_F(PipelinedTest, InMixedPrecisionWithAllThatAStepMayHave) {
    TrainerOptions options = training(3);
    options.storage = graph::DType::f16;
    options.model.dropout = 0.3;
    options.recipe.optimizer = {.name = "lamb"};
    options.recipe.average = graph::WeightAverage{};
    options.recipe.clipping.norm = 1;
    options.recipe.drop_path = 0.2;
    options.recipe.loss.mixing.mixup_alpha = 0.2;
    options.learning_rate.base = 1e-3;
    expect_bits_of_one_device(options, {0, 11});
}

TEST_F(PipelinedTest, LayersThatAreFrozenHaveNoWayBack) {
    for (const char* frozen : {"backbone", "bn"}) {
        TrainerOptions options = training(3);
        options.recipe.frozen = graph::parse_frozen(frozen, options.model);
        expect_bits_of_one_device(options, {0, 6});
    }
}

TEST_F(PipelinedTest, ARunGoesOnWithItsLayersOnOtherDevices) {
    TrainerOptions whole = training(3), parts = training(3);
    whole.recipe.epochs = parts.recipe.epochs = 3;
    test::TinyRun{}.go(whole);
    const TrainerOptions stages = staged(parts, {0, 8}), later = staged(parts, {0, 3, 12});
    size_t devices = 2;
    parts.max_steps = 2;
    for (TrainerOptions options : {stages, parts, later}) {
        options.out = parts.out;
        options.resume = devices > 2 || options.placement.kind == PlacementPolicy::Kind::replicate;
        options.max_steps = *parts.max_steps;
        test::TinyRun{}.go(options, options.placement.stages ? options.placement.stages->count() : 1);
        parts.max_steps = *parts.max_steps + 3;
        devices += 1;
    }
    parts.resume = true;
    parts.max_steps.reset();
    test::TinyRun{}.go(parts);
    EXPECT_TRUE(test::kept_by(parts.out) == test::kept_by(whole.out));
}

TEST_F(PipelinedTest, StagesAreMeasuredAndSaid) {
    test::TinyRun run;
    run.validates = true;
    const TrainerOptions options = staged(training(3));
    std::filesystem::create_directories(options.out);
    run.go(options, 2);
    ASSERT_THAT(run.messages, SizeIs(2));
    EXPECT_THAT(run.messages[0], HasSubstr("stage 1 of 2: features.0.0 to "));
    EXPECT_THAT(run.messages[1], HasSubstr("to loss on "));
    EXPECT_THAT(run.shares, IsEmpty()) << "nobody has a share of a batch";
    EXPECT_TRUE(run.result.validation);
}

TEST_F(PipelinedTest, AnImageThatIsNotFiniteIsFoundWhicheverBatchItIsIn) {
    for (const size_t bad : {1, 5, 13}) {
        const TrainerOptions options = staged(training(3), {0, 4});
        const test::LentDevice first, second;
        ModelOnDevices replicas({first.get(), second.get()});
        TrainingObserver silent;
        const auto images = std::make_shared<test::TinyImages>(bad);
        EXPECT_THAT(test::message_of<graph::NonFinite>(
                        [&] { train(options, replicas, images, nullptr, silent, std::atomic<bool>(false)); }),
                    HasSubstr(fmt::format("first in image {} of the training data", bad)));
    }
}

TEST_F(PipelinedTest, ADeviceWithoutMemoryForItsPartIsNamed) {
    const test::LentDevice first, second;
    ModelOnDevices replicas({first.get(), second.get()});
    replicas.limit_memory(1, uint64_t{1} << 20);
    TrainingObserver silent;
    EXPECT_THAT(test::message_of<OutOfDeviceMemory>([&] {
                    train(staged(training(3), {0, 4}), replicas, std::make_shared<test::TinyImages>(),
                          nullptr, silent, std::atomic<bool>(false));
                }),
                HasSubstr("its part of the layers needs"));
}

TEST_F(PipelinedTest, AutomaticPlacementSaysWhy) {
    TrainerOptions options = training(2);
    options.recipe.batch_size = 4;
    options.placement.kind = PlacementPolicy::Kind::automatic;
    test::TinyRun run;
    run.go(options, 2);
    ASSERT_FALSE(run.messages.empty());
    EXPECT_THAT(
        run.messages[0],
        testing::MatchesRegex("placement: (replicate|pipeline), because a step's layers take [0-9.]+ ms in "
                              "(shares of a batch|stages) and [0-9.]+ ms in .*, as measured"));
    options.resume = true;
    options.recipe.epochs = 2;
    test::TinyRun again;
    again.go(options, 2);
    EXPECT_EQ(again.result.epochs, 2) << "a run goes on as it was placed";

    TrainerOptions small = training(3);
    small.placement.kind = PlacementPolicy::Kind::automatic;
    test::TinyRun staged;
    staged.go(small, 2);
    ASSERT_FALSE(staged.messages.empty());
    EXPECT_THAT(staged.messages[0], HasSubstr("pipeline, because shares of a batch would be too small"));
}

}  // namespace
}  // namespace vkm::train
