#include "faulty_device.h"
#include "train/support/tiny.h"

#include <gmock/gmock.h>
#include <graph/finite.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/temporary_folder.h>

#include <unistd.h>

namespace vkm::train {
namespace {

using test::FaultyDevice;
using test::message_of;
using test::TemporaryFolder;
using testing::HasSubstr;

struct Case {
    const char* name;
    size_t devices = 1;
    std::optional<engine::UploadPath> uploads = {};  ///< else the device's own
};

void PrintTo(const Case& c, std::ostream* out) {
    *out << c.name;
}

/// Shows what drivers do when they fail, seen from a whole training run on one device and on two. Nothing may
/// hang: an alarm ends the program.
class FaultsTest : public testing::TestWithParam<Case> {
  protected:
    void SetUp() override {
        if (!engine::test_instance() || engine::test_instance()->devices().empty())
            GTEST_SKIP() << "no Vulkan device";
        FaultyDevice::heal();
        before_ = FaultyDevice::live_objects();
        ::alarm(600);
    }
    void TearDown() override {
        ::alarm(0);
        EXPECT_EQ(FaultyDevice::live_objects(), before_);
    }
    int before_ = 0;  ///< what an earlier test had to leave behind

    static graph::DeviceOptions opening() { return {.plan = {.uploads = GetParam().uploads}}; }

    struct Devices {
        std::vector<std::unique_ptr<graph::PlannedDevice>> sound;
        std::unique_ptr<FaultyDevice> faulty = std::make_unique<FaultyDevice>(opening());
        std::vector<graph::PlannedDevice*> pointers;
    };
    /// Opens the devices, of which the last is the one that fails.
    static Devices devices() {
        Devices result;
        for (size_t i = 1; i < GetParam().devices; ++i) {
            result.sound.push_back(
                graph::open_device(*engine::test_instance(), engine::test_device(), opening()));
            result.pointers.push_back(result.sound.back().get());
        }
        result.pointers.push_back(&result.faulty->device());
        return result;
    }

    /// Does something when a step begins to be counted as done.
    struct AtStep final : TrainingObserver {
        int64_t number = 0;
        std::function<void()> action = [] {};
        void on_step(const Step& step) override {
            if (step.step == number) action();
        }
    };

    static TrainingResult run(const TrainerOptions& options, TrainingObserver& observer) {
        const Devices d = devices();
        ModelOnDevices replicas(d.pointers);
        return train(options, replicas, std::make_shared<test::TinyImages>(), nullptr, observer,
                     std::atomic<bool>(false));
    }

    /// Returns the message that ends a run whose driver fails from the moment step 3 of 6 is done.
    template <typename E>
    std::string failure(FaultyDevice::Function function, VkResult result, int calls_before = 0,
                        int times = FaultyDevice::for_ever) {
        AtStep observer;
        observer.number = 3;
        observer.action = [&] { FaultyDevice::plan(function, result, calls_before, times); };
        return message_of<E>([&] { run(options(), observer); });
    }

    TrainerOptions options() const {
        TrainerOptions options = test::tiny_training(folder.path());
        options.save_every = 1;
        return options;
    }

    std::string state() const { return test::file_content(folder / "checkpoint/state.safetensors"); }

    const TemporaryFolder folder;
};

/// Shows what becomes of a run whose only device fails.
class LastDeviceTest : public FaultsTest {};

TEST_P(LastDeviceTest, LostAtSubmitEndsTheRunWithWhatToDo) {
    const std::string why = failure<DeviceLost>(FaultyDevice::submit, VK_ERROR_DEVICE_LOST);
    EXPECT_THAT(why, HasSubstr(fmt::format("device {} (", engine::test_device())));
    EXPECT_THAT(why, HasSubstr("the driver gave the device up"));
    EXPECT_THAT(why, HasSubstr("resume from the last checkpoint"));
    EXPECT_THAT(why, HasSubstr("the last checkpoint is in " + (folder / "checkpoint").string()));
}

TEST_P(LastDeviceTest, LostInMidStepNamesWhatRan) {
    const std::string why = failure<DeviceLost>(FaultyDevice::wait, VK_ERROR_DEVICE_LOST, 1);
    EXPECT_THAT(why, HasSubstr("the driver gave the device up"));
    EXPECT_THAT(why, HasSubstr("resume from the last checkpoint"));
}

// What a device that never finishes leaves behind is TimelineDeathTest's.
TEST_P(LastDeviceTest, AStepThatOutlastsItsBoundEndsTheRun) {
    constexpr int waits = 60;  // a bound of 300 s is as many waits of 5 s
    const std::string why = failure<DeviceTimeout>(FaultyDevice::wait, VK_TIMEOUT, 1, waits);
    EXPECT_THAT(why, HasSubstr("the device hangs or is too slow"));
}

TEST_P(LastDeviceTest, MemoryThatRunsOutAtSubmitEndsTheRun) {
    const std::string why = failure<OutOfDeviceMemory>(FaultyDevice::submit, VK_ERROR_OUT_OF_HOST_MEMORY);
    EXPECT_THAT(why, HasSubstr("free memory or use a smaller --batch-size"));
}

TEST_P(LastDeviceTest, ARunThatLostItGoesOnFromItsCheckpointBitForBit) {
    TrainingObserver silent;
    run(options(), silent);
    const std::string whole = state();
    std::filesystem::remove_all(folder / "checkpoint");

    EXPECT_NE(failure<DeviceLost>(FaultyDevice::submit, VK_ERROR_DEVICE_LOST), "");
    FaultyDevice::heal();
    TrainerOptions rest = options();
    rest.resume = true;
    EXPECT_EQ(run(rest, silent).steps, 6);
    EXPECT_EQ(state(), whole);
}

INSTANTIATE_TEST_SUITE_P(Devices, LastDeviceTest,
                         testing::Values(Case{"One"}, Case{"OneWithUploadsBesideItsSteps", 1,
                                                           engine::UploadPath::beside_steps}),
                         [](const auto& c) { return c.param.name; });

// Memory may run out wherever a run is set up, and whatever was set up until then.
TEST_P(FaultsTest, MemoryThatRunsOutAnywhereInTheSetUpIsSaidSo) {
    const auto set_up = [] {
        const Devices d = devices();
        ModelOnDevices replicas(d.pointers);
        StepExecutor executor(replicas, 7, PixelType::floats, [](const StepShape& shape) {
            return training_step(test::tiny_model(), {.batch_size = 7}, shape);
        });
        replicas.load(executor.step().graph, graph::initial_values(executor.step().graph, 1));
    };
    set_up();
    const int allocations = FaultyDevice::calls(FaultyDevice::allocate);
    ASSERT_GT(allocations, 3);
    const int stride = GetParam().devices == 1 ? 1 : 5;  // two devices take long to set up
    for (int i = 0; i < allocations; i += stride) {
        FaultyDevice::heal();
        FaultyDevice::plan(FaultyDevice::allocate, VK_ERROR_OUT_OF_DEVICE_MEMORY, i);
        EXPECT_THAT(message_of<OutOfDeviceMemory>(set_up), HasSubstr("use a smaller --batch-size")) << i;
        EXPECT_EQ(FaultyDevice::live_objects(), before_) << i;
    }
}

// Looking for the layer that overflows takes more memory than the training did.
TEST_P(FaultsTest, ALossThatIsNotFiniteIsReportedWithoutTheMemoryToFindTheLayer) {
    TrainerOptions overflowing = options();
    overflowing.initial = [](const graph::Graph& graph) {
        InitialWeights initial{graph::initial_values(graph, 1), 0};
        std::ranges::fill(initial.values.at(graph.find("classifier.3.weight")).values, 3e38);
        return initial;
    };
    struct OutOfMemoryFromTheStart final : TrainingObserver {
        void on_start(const Position&, double) override {
            FaultyDevice::plan(FaultyDevice::allocate, VK_ERROR_OUT_OF_DEVICE_MEMORY);
        }
    } observer;
    const std::string why = message_of<graph::NonFinite>([&] { run(overflowing, observer); });
    EXPECT_THAT(why, HasSubstr("the loss of step 1 is not finite"));
    // With two, the sound device finds it in its own share.
    EXPECT_THAT(why, HasSubstr(GetParam().devices == 1 ? "there is no memory to find the layer"
                                                       : "layer classifier.3"));
}

TEST_P(FaultsTest, AKernelTheDriverCannotCompileIsNamed) {
    FaultyDevice::plan(FaultyDevice::create_pipeline, VK_ERROR_UNKNOWN, 5);
    TrainingObserver silent;
    const std::string why = message_of<VulkanError>([&] { run(options(), silent); });
    EXPECT_THAT(why, HasSubstr("VK_ERROR_UNKNOWN"));
    EXPECT_THAT(why, HasSubstr(fmt::format("device {} (", engine::test_device())));
}

INSTANTIATE_TEST_SUITE_P(Devices, FaultsTest,
                         testing::Values(Case{"One"}, Case{"Two", 2},
                                         Case{"OneWithUploadsBesideItsSteps", 1,
                                              engine::UploadPath::beside_steps}),
                         [](const auto& c) { return c.param.name; });

class UploadFaultsTest : public FaultsTest {};

// Where another queue copies the inputs of a step, it is the first that hears of a device that is lost.
TEST_P(UploadFaultsTest, ADeviceLostAtAnUploadNamesTheStepThatRan) {
    TrainerOptions unsaved = options();
    unsaved.save_every = 0;
    unsaved.recipe.batch_size = 2;  // seven steps before the epoch's end, where a save would be the first
    AtStep observer;
    observer.number = 1;
    observer.action = [] { FaultyDevice::plan(FaultyDevice::submit, VK_ERROR_DEVICE_LOST); };
    const std::string why = message_of<DeviceLost>([&] { run(unsaved, observer); });
    EXPECT_THAT(why, HasSubstr("submitting an upload: the driver gave the device up while running the "));
    EXPECT_THAT(why, HasSubstr(" dispatches from '"));
}

INSTANTIATE_TEST_SUITE_P(Devices, UploadFaultsTest,
                         testing::Values(Case{"One", 1, engine::UploadPath::beside_steps}),
                         [](const auto& c) { return c.param.name; });

}  // namespace
}  // namespace vkm::train
