#include <engine/vulkan/late_compilation.h>
#include <gmock/gmock.h>
#include <support/vulkan_devices.h>

#include <thread>

#include "engine/test_kernels.h"

namespace vkm::engine {
namespace {

using ::testing::Each;

std::vector<KernelSpec> scales(uint32_t count) {
    std::vector<KernelSpec> specs;
    for (uint32_t w = 1; w <= count; ++w)
        for (const LoadPath load : {LoadPath::buffer, LoadPath::texel})
            specs.push_back({&test_shaders::scale, Storage::f32, load, {w}, false});
    return specs;
}

TEST(LateCompilationTest, KernelsDoWhatTheyDoWhoeverCompiledThem) {
    on_every_device([](uint32_t index) {
        // Others help from the beginning, or never.
        for (const double patience : {0.0, 1e9}) {
            const auto device = test_instance()->open(index);
            std::vector<const Kernel*> kernels = device->kernels(scales(7));
            kernels.push_back(kernel_of(*device, test_shaders::scale));
            compile_at_dispatch(device->impl(), kernels, {}, patience);
            const std::vector<float> x(256, 3);
            std::vector<float> y(256);
            const Block in = device->allocate(1024, MemoryKind::device, "x");
            const Block out = device->allocate(1024, MemoryKind::device, "y");
            device->write({&in, 0, 1024}, std::as_bytes(std::span(x)));
            CommandList list = device->record();
            record_scale(*device, list, {&in, 0, 1024}, {&out, 0, 1024}, 2);
            list.finish();
            device->wait(device->submit(list));
            device->read({&out, 0, 1024}, std::as_writable_bytes(std::span(y)));
            EXPECT_THAT(y, Each(6));
        }
    });
}

TEST(LateCompilationTest, ProgressCountsToTheTotalOnTheCallingThread) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        const std::vector<const Kernel*> kernels = device->kernels(scales(9));
        const auto caller = std::this_thread::get_id();
        size_t last = 0, all = 0;
        const auto progress = [&](size_t done, size_t total) {
            EXPECT_TRUE(std::this_thread::get_id() == caller);
            EXPECT_GE(done, last);
            EXPECT_LE(done, total);
            last = done;
            all = total;
        };
        compile_at_dispatch(device->impl(), kernels, progress, 0);
        EXPECT_EQ(last, all);
        // A shader may have one variant for both paths.
        EXPECT_EQ(all, device->kernel_count());
        compile_at_dispatch(device->impl(), kernels,
                            [](size_t, size_t) { ADD_FAILURE() << "nothing to do"; });
    });
}

TEST(LateCompilationTest, AnExceptionOfTheCallbackStopsCleanly) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        const std::vector<const Kernel*> kernels = device->kernels(scales(9));
        EXPECT_THROW(
            compile_at_dispatch(
                device->impl(), kernels, [](size_t, size_t) { throw std::runtime_error("stop"); }, 0),
            std::runtime_error);
        compile_at_dispatch(device->impl(), kernels, {}, 0);
    });
}

}  // namespace
}  // namespace vkm::engine
