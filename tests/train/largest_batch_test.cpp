#include "train/support/tiny.h"

#include <graph/run/executor.h>
#include <gtest/gtest.h>
#include <support/vulkan_devices.h>
#include <train/largest_batch.h>

namespace vkm::train {
namespace {

/// Holds a model on the default device opened `count` times.
struct Opened {
    std::vector<std::unique_ptr<graph::PlannedDevice>> devices;
    std::optional<ModelOnDevices> replicas;

    explicit Opened(size_t count) {
        const engine::Instance& vulkan = *engine::test_instance();
        std::vector<graph::PlannedDevice*> pointers;
        for (size_t i = 0; i < count; ++i) {
            devices.push_back(graph::open_device(vulkan, engine::test_device()));
            pointers.push_back(devices.back().get());
        }
        replicas.emplace(pointers);
    }
};

// Builds steps over images so large that few of them are the largest batch.
StepGraph build(const StepShape& shape) {
    graph::ModelConfig model = test::tiny_model();
    model.input_size = 224;
    return training_step(model, {}, shape);
}

uint64_t bytes_needed(const ModelOnDevices& replicas, int64_t batch) {
    uint64_t bytes = 0;
    const std::vector<StepShape> shapes = replicas.shapes(batch, PixelType::bytes);
    for (size_t i = 0; i < shapes.size(); ++i)
        bytes += static_cast<uint64_t>(graph::memory_need(build(shapes[i]).graph, replicas.plan(i)).total());
    return bytes;
}

TEST(LargestBatchTest, TwoReplicasOnOneDeviceTakeNoMoreThanItHas) {
    if (!engine::test_instance() || engine::test_instance()->devices().empty())
        GTEST_SKIP() << "no Vulkan device";
    const Opened once(1), twice(2);
    const uint64_t all = once.replicas->memory_bytes(0);
    if (all == 0 || all > (uint64_t{64} << 30)) GTEST_SKIP() << "the device's memory has no bound in reach";
    constexpr int64_t most = 1 << 20;
    const int64_t batch = largest_batch(*twice.replicas, most, PixelType::bytes, build);
    EXPECT_LE(bytes_needed(*twice.replicas, batch), all * 9 / 10);
    EXPECT_GT(bytes_needed(*twice.replicas, batch + 64), all * 8 / 10) << "and nearly all of it";
    EXPECT_LE(batch, largest_batch(*once.replicas, most, PixelType::bytes, build));
}

}  // namespace
}  // namespace vkm::train
