#include "train/support/tiny_run.h"
#include "train/support/training.h"

#include <train/evaluator.h>

#include <gtest/gtest.h>

#include <ostream>

namespace vkm::train {
namespace {

using engine::UploadPath;

/// Says how the tiny network is trained.
struct Way {
    const char* name;
    size_t replicas = 1;
    int64_t accumulation = 1;
    bool statistics_together = false;
};

void PrintTo(const Way& way, std::ostream* out) {
    *out << way.name;
}

/// Shows that the way in which batches reach a device changes no bit.
class UploadsTest : public testing::TestWithParam<Way> {
  protected:
    void SetUp() override {
        if (!engine::test_instance() || engine::test_instance()->devices().empty())
            GTEST_SKIP() << "no Vulkan device";
        const engine::DeviceSnapshot& device = engine::test_instance()->devices()[engine::test_device()];
        if (!device.features.timeline_semaphore) GTEST_SKIP() << "no timeline semaphores";
    }

    /// Returns all that a run keeps: weights, optimizer and running statistics.
    static std::string kept(std::optional<UploadPath> uploads) {
        const test::TemporaryFolder folder;
        TrainerOptions options = test::tiny_training(folder.path());
        options.recipe.batch_size = 4;  // the last of an epoch is not full
        options.recipe.accumulation = GetParam().accumulation;
        options.recipe.sync_bn = GetParam().statistics_together;
        test::TinyRun run;
        run.devices.emplace().plan.uploads = uploads;
        run.go(options, GetParam().replicas);
        return test::kept_by(folder.path());
    }
};

TEST_P(UploadsTest, ATrainingKeepsTheSameBits) {
    const engine::ExpectSilentValidation silent(*engine::test_instance());
    const std::string own = kept({});
    ASSERT_GT(own.size(), 1000u);
    EXPECT_EQ(kept(UploadPath::in_step), own);
    EXPECT_EQ(kept(UploadPath::beside_steps), own);
}

INSTANTIATE_TEST_SUITE_P(Ways, UploadsTest,
                         testing::Values(Way{"OneDevice"}, Way{"TwoDevices", 2},
                                         Way{"TwoDevicesThatMeetInMidStep", 2, 1, true},
                                         Way{"BatchesThatAddUp", 1, 3}, Way{"TwoDevicesThatAddUp", 2, 3}),
                         [](const auto& way) { return way.param.name; });

class EvaluationUploadsTest : public testing::TestWithParam<size_t> {};

TEST_P(EvaluationUploadsTest, AnEvaluationGivesTheSameNumbers) {
    if (!engine::test_instance() || engine::test_instance()->devices().empty())
        GTEST_SKIP() << "no Vulkan device";
    const engine::ExpectSilentValidation silent(*engine::test_instance());
    const auto evaluation = [](std::optional<UploadPath> uploads) {
        test::Training training({.replicas = GetParam(), .plan = {.uploads = uploads}});
        ModelOnDevices beside = training.replicas->beside();
        Evaluator evaluator(beside, test::tiny_model(), 3, PixelType::floats, 0);
        evaluator.load(training.graph(), graph::initial_values(training.graph(), 1));
        Loader loader(std::make_shared<test::TinyImages>(), evaluation_loading(test::tiny_model(), 3, 1));
        return evaluator.run(loader);
    };
    const Evaluation own = evaluation({}), copied = evaluation(UploadPath::beside_steps);
    EXPECT_EQ(copied.images, 14);
    EXPECT_EQ(copied.loss, own.loss);
    EXPECT_EQ(copied.top1, own.top1);
}

INSTANTIATE_TEST_SUITE_P(OneAndTwoDevices, EvaluationUploadsTest, testing::Values(1, 2));

}  // namespace
}  // namespace vkm::train
