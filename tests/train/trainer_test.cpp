#include "train/support/tiny.h"

#include <train/checkpoint.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/device_pool.h>
#include <support/temporary_folder.h>
#include <support/vulkan_devices.h>

namespace vkm::train {
namespace {

/// Gives validation images from a disk that went away.
class LostImages final : public Dataset {
  public:
    size_t size() const override { return 4; }
    int num_classes() const override { return test::tiny_classes; }
    const std::vector<std::string>& class_names() const override { return names_; }
    SampleKind kind() const override { return SampleKind::tensor; }
    int label(size_t) const override { return 0; }
    std::string name(size_t index) const override { return "image " + std::to_string(index); }
    Sample sample(size_t index) const override { throw image::ImageError("{}: gone", name(index)); }

  private:
    std::vector<std::string> names_;
};

TEST(TrainerTest, ValidationThatFailsDoesNotCostTheEpoch) {
    if (!engine::test_instance() || engine::test_instance()->devices().empty())
        GTEST_SKIP() << "no Vulkan device";
    const test::LentDevice device;
    const test::TemporaryFolder folder;
    const TrainerOptions options = test::tiny_training(folder.path());
    const auto run = [&](TrainerOptions how, const std::shared_ptr<const Dataset>& validation) {
        ModelOnDevices replicas({device.get()});
        TrainingObserver silent;
        return train(how, replicas, std::make_shared<test::TinyImages>(), validation, silent,
                     std::atomic<bool>(false));
    };
    EXPECT_THAT(test::message_of<DatasetError>([&] { run(options, std::make_shared<LostImages>()); }),
                testing::HasSubstr("none of the 4 images can be read"));
    ASSERT_TRUE(checkpoint_exists(folder / "checkpoint"));

    TrainerOptions rest = options;
    rest.resume = true;
    struct Resumed final : TrainingObserver {
        int64_t step = -1;
        void on_start(const Position& position, double) override { step = position.step; }
    } resumed;
    ModelOnDevices replicas({device.get()});
    train(rest, replicas, std::make_shared<test::TinyImages>(), nullptr, resumed, std::atomic<bool>(false));
    EXPECT_EQ(resumed.step, 2);
}

TEST(TrainerTest, ARunWhoseFirstEpochIsALaterOneIsValidatedWhenItGoesOn) {
    if (!engine::test_instance() || engine::test_instance()->devices().empty())
        GTEST_SKIP() << "no Vulkan device";
    const test::LentDevice device;
    const test::TemporaryFolder folder;
    TrainerOptions options = test::tiny_training(folder.path());
    options.start_epoch = 1;  // two steps
    options.max_steps = 1;
    const auto run = [&] {
        ModelOnDevices replicas({device.get()});
        TrainingObserver silent;
        const auto images = std::make_shared<test::TinyImages>();
        return train(options, replicas, images, images, silent, std::atomic<bool>(false));
    };
    EXPECT_TRUE(run().validation);
    options.resume = true;
    options.max_steps = 2;
    EXPECT_EQ(run().steps, 2);
    EXPECT_EQ(read_position(folder / "checkpoint").validation->step, 4);
}

}  // namespace
}  // namespace vkm::train
