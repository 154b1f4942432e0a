#include "faulty_device.h"
#include "train/support/tiny_run.h"

#include <base/checksum.h>
#include <graph/weights/safetensors.h>

#include <gmock/gmock.h>
#include <support/bytes.h>
#include <support/device_pool.h>
#include <support/variants.h>
#include <nlohmann/json.hpp>

#include <unistd.h>

#include <map>

namespace vkm::train {
namespace {

using test::FaultyDevice;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;

/// Trains on a sound device and one that fails. Nothing may hang: an alarm ends the program.
class SurvivorsTest : public test::FaultyDeviceTest {
  protected:
    void SetUp() override {
        FaultyDeviceTest::SetUp();
        ::alarm(600);
    }
    void TearDown() override {
        ::alarm(0);
        FaultyDeviceTest::TearDown();
    }

    /// Says that the second device fails, once a step is done, after some more calls.
    struct Fault {
        FaultyDevice::Function function = FaultyDevice::submit;
        VkResult result = VK_ERROR_DEVICE_LOST;
        int calls_before = 0;
        int64_t step = 3;  ///< in the middle of the second epoch
        int times = FaultyDevice::for_ever;
    };

    struct Run final : TrainingObserver {
        std::vector<SharesFrom> shares;
        std::string messages;
        std::vector<double> losses;
        int64_t fails_at = -1;
        Fault fault;
        TrainingResult result;

        void on_shares(const SharesFrom& from, const std::vector<double>&) override {
            shares.push_back(from);
        }
        void on_message(const std::string& message) override { messages += message + "\n"; }
        void on_step(const Step& step) override {
            losses.push_back(step.loss);
            if (step.step == fails_at)
                FaultyDevice::plan(fault.function, fault.result, fault.calls_before, fault.times);
        }
    };

    TrainerOptions options(const std::filesystem::path& out) const {
        TrainerOptions options = test::tiny_training(out);
        options.recipe.epochs = 4;  // eight steps
        options.recipe.sync_bn = statistics_together_;
        options.recipe.average = averaging_;
        return options;
    }

    enum class Devices : uint8_t { sound, sound_and_faulty, faulty_and_sound };

    static void go(const TrainerOptions& options, Devices which, Run& run) {
        const test::LentDevice sound;
        FaultyDevice faulty;
        std::vector<graph::PlannedDevice*> devices{sound.get()};
        if (which != Devices::sound) devices.push_back(&faulty.device());
        if (which == Devices::faulty_and_sound) std::swap(devices[0], devices[1]);
        ModelOnDevices replicas(devices);
        const auto images = std::make_shared<test::TinyImages>();
        run.result = train(options, replicas, images, images, run, std::atomic<bool>(false));
    }

    /// Returns what a run keeps that had both devices for so many steps, and the first alone from there on.
    std::string alone_from(int64_t step) const {
        const TemporaryFolder folder;
        TrainerOptions together = options(folder.path());
        together.max_steps = step;
        Run first, rest;
        go(together, Devices::sound_and_faulty, first);
        const std::filesystem::path file = folder / "checkpoint/state.safetensors";
        graph::StateDict state = graph::read_safetensors(file);
        auto position = nlohmann::json::parse(state.metadata.at("position"));
        position["run"]["split over devices"] = "7";
        state.metadata["position"] = position.dump();
        state.metadata["checksum"] =
            std::to_string(crc32c(std::as_bytes(std::span(state.metadata["position"]))));
        graph::write_safetensors(file, state);
        TrainerOptions alone = options(folder.path());
        alone.resume = true;
        go(alone, Devices::sound, rest);
        return test::kept_by(folder.path());
    }

    /// Expects that a run loses its second device and ends as if it had been without it from some step on.
    void expect_survival(const Fault& fault) {
        FaultyDevice::heal();
        const TemporaryFolder folder;
        Run run;
        run.fails_at = fault.step;
        run.fault = fault;
        go(options(folder.path()), Devices::sound_and_faulty, run);
        EXPECT_EQ(run.result.steps, 8);
        EXPECT_TRUE(run.result.validation.has_value());
        EXPECT_EQ(run.losses.size(), 8u) << "each step counts once";
        ASSERT_EQ(run.shares.size(), 2u) << run.messages;
        EXPECT_THAT(run.shares.back().counts, ElementsAre(7));
        EXPECT_GE(run.shares.back().step, fault.step) << "what was done is not done again";
        EXPECT_THAT(run.messages, HasSubstr(fmt::format("going on with device {} (", engine::test_device())));
        EXPECT_THAT(run.messages, HasSubstr(fmt::format("from step {} on", run.shares.back().step + 1)));
        FaultyDevice::heal();
        std::string& reference = references_[run.shares.back().step];
        if (reference.empty()) reference = alone_from(run.shares.back().step);
        EXPECT_EQ(test::kept_by(folder.path()), reference);
    }

    /// Expects that a pipeline loses one of its devices and ends as the other one alone would have.
    void expect_survival_of_pipeline(const Fault& fault, Devices which) {
        FaultyDevice::heal();
        const TemporaryFolder folder, alone;
        TrainerOptions staged = options(folder.path()), one = options(alone.path());
        for (TrainerOptions* options : {&staged, &one}) {
            options->recipe.batch_size = 2;
            options->recipe.accumulation = 3;
            options->recipe.epochs = 3;  // nine steps
        }
        staged.placement = {.kind = PlacementPolicy::Kind::pipeline, .stages = graph::StageLayers{{0, 8}}};
        Run run, reference;
        run.fails_at = fault.step;
        run.fault = fault;
        go(staged, which, run);
        FaultyDevice::heal();
        go(one, Devices::sound, reference);
        EXPECT_EQ(run.result.steps, 9);
        EXPECT_EQ(run.losses, reference.losses) << "each step counts once";
        EXPECT_THAT(run.messages, HasSubstr(fmt::format("going on with device {} (", engine::test_device())));
        EXPECT_TRUE(test::kept_by(folder.path()) == test::kept_by(alone.path()));
    }

    bool statistics_together_ = false;
    std::optional<graph::WeightAverage> averaging_;
    std::map<int64_t, std::string> references_;  ///< by the step from which the first device is alone
};

TEST_F(SurvivorsTest, ADeviceThatIsLostAtAnySubmitIsLeftOut) {
    for (const int calls : test::with_variants<int>({0, 4}, {1, 2, 3, 5, 6, 7, 8})) {
        SCOPED_TRACE(calls);
        expect_survival({.calls_before = calls});
    }
}

TEST_F(SurvivorsTest, ADeviceThatIsLostInAnyWaitIsLeftOut) {
    for (const int calls : test::with_variants<int>({3}, {0, 1, 2, 4, 5, 6, 7, 8})) {
        SCOPED_TRACE(calls);
        expect_survival({.function = FaultyDevice::wait, .calls_before = calls});
    }
}

TEST_F(SurvivorsTest, ADeviceThatIsLostBetweenTwoStepsIsLeftOut) {
    // Behind the last step of an epoch, which is validated and saved then.
    for (const int calls : test::with_variants<int>({1}, {0, 2, 3, 4, 5, 6})) {
        SCOPED_TRACE(calls);
        expect_survival({.calls_before = calls, .step = 2});
        expect_survival({.function = FaultyDevice::wait, .calls_before = calls, .step = 2});
    }
}

TEST_F(SurvivorsTest, ItDoesNotMatterThatDevicesMeetInMidStepAndKeepAnAverage) {
    statistics_together_ = true;
    averaging_ = graph::WeightAverage{};
    expect_survival({.calls_before = 7});
}

TEST_F(SurvivorsTest, TheFirstDeviceMayFail) {
    const TemporaryFolder folder;
    Run run;
    run.fails_at = 2;
    go(options(folder.path()), Devices::faulty_and_sound, run);
    EXPECT_EQ(run.result.steps, 8);
    EXPECT_TRUE(run.result.validation.has_value());
    ASSERT_EQ(run.shares.size(), 2u);
    EXPECT_THAT(run.shares.back().counts, ElementsAre(7));
}

TEST_F(SurvivorsTest, ADeviceThatHangsIsLeftOut) {
    constexpr int waits = 60;  // a bound of 300 s is as many waits of 5 s
    expect_survival({.function = FaultyDevice::wait, .result = VK_TIMEOUT, .times = waits});
}

TEST_F(SurvivorsTest, ADeviceWithoutMemoryToSubmitIsLeftOut) {
    expect_survival({.result = VK_ERROR_OUT_OF_HOST_MEMORY, .calls_before = 4});
}

TEST_F(SurvivorsTest, ARunThatLostADeviceResumesOnTheOthers) {
    const TemporaryFolder folder, whole;
    Run broken, rest, unbroken;
    broken.fails_at = unbroken.fails_at = 3;
    TrainerOptions first = options(folder.path());
    first.max_steps = 5;
    go(first, Devices::sound_and_faulty, broken);
    ASSERT_EQ(broken.shares.size(), 2u);
    FaultyDevice::heal();
    TrainerOptions second = options(folder.path());
    second.resume = true;
    go(second, Devices::sound, rest);
    go(options(whole.path()), Devices::sound_and_faulty, unbroken);
    ASSERT_EQ(unbroken.shares, broken.shares);
    EXPECT_EQ(test::kept_by(folder.path()), test::kept_by(whole.path()));
}

TEST_F(SurvivorsTest, AStepOfSeveralBatchesEndsTheRunSayingWhereItGoesOn) {
    const TemporaryFolder folder;
    TrainerOptions several = options(folder.path());
    several.recipe.accumulation = 2;
    several.recipe.batch_size = 4;  // an epoch is a step of two batches and one of the third
    several.save_every = 1;
    Run run;
    run.fails_at = 1;
    run.fault.function = FaultyDevice::wait;
    EXPECT_THAT(test::message_of<DeviceLost>([&] { go(several, Devices::sound_and_faulty, run); }),
                HasSubstr("the last checkpoint is in "));
}

TEST_F(SurvivorsTest, APipelineGoesOnWithoutAStageThatIsLost) {
    for (const Devices which : {Devices::sound_and_faulty, Devices::faulty_and_sound})
        for (const int calls : test::with_variants<int>({0, 5}, {1, 2, 3, 7, 9, 12})) {
            SCOPED_TRACE(calls);
            expect_survival_of_pipeline({.calls_before = calls}, which);
            expect_survival_of_pipeline({.function = FaultyDevice::wait, .calls_before = calls}, which);
        }
}

}  // namespace
}  // namespace vkm::train
