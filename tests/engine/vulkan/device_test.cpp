#include <engine/vulkan/device_impl.h>
#include <gmock/gmock.h>
#include <spdlog/spdlog.h>
#include <support/vulkan_devices.h>

#include <algorithm>
#include <numeric>
#include <thread>

#include "engine/test_kernels.h"

namespace vkm::engine {
namespace {

std::vector<float> ramp(size_t count) {
    std::vector<float> values(count);
    std::iota(values.begin(), values.end(), 1.0f);
    return values;
}

TEST(DeviceTest, WhatIsWrittenIsReadBack) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        for (const MemoryKind kind : {MemoryKind::device, MemoryKind::upload, MemoryKind::readback}) {
            const Block block = device->allocate(1 << 20, kind, "block");
            const std::vector<float> values = ramp(1001);
            device->write({&block, 4096, values.size() * 4}, bytes_of(values));
            EXPECT_EQ(read_all<float>(*device, block, 4096, values.size()), values);
        }
    });
}

TEST(DeviceTest, FillsAndCopiesRunInOrder) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        const Block a = device->allocate(4096, MemoryKind::device, "a");
        const Block b = device->allocate(4096, MemoryKind::readback, "b");
        CommandList list = device->record();
        list.fill({&a, 0, 4096}, 7);
        list.fill({&a, 1024, 1024}, 8);
        list.copy({&a, 512, 1024}, {&b, 0, 1024});
        list.fill({&a, 0, 4096}, 9);
        list.finish();
        device->wait(device->submit(list));
        const auto words = read_all<uint32_t>(*device, b, 0, 256);
        EXPECT_EQ(std::count(words.begin(), words.begin() + 128, 7u), 128);
        EXPECT_EQ(std::count(words.begin() + 128, words.end(), 8u), 128);
        EXPECT_EQ(read_all<uint32_t>(*device, a, 4092, 1)[0], 9u);
    });
}

TEST(DeviceTest, DispatchesReadWhatEarlierOnesWrote) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        const std::vector<float> values = ramp(4 * 333);
        const uint64_t bytes = values.size() * 4;
        for (const LoadPath load : {LoadPath::buffer, LoadPath::texel}) {
            const Block block = device->allocate(3 * 8192, MemoryKind::device, "chain");
            device->write({&block, 0, bytes}, bytes_of(values));
            CommandList list = device->record();
            record_scale(*device, list, {&block, 0, bytes}, {&block, 8192, bytes}, 3, Storage::f32, load);
            record_scale(*device, list, {&block, 8192, bytes}, {&block, 16384, bytes}, 5, Storage::f32, load);
            // Where the first input was: an aliasing, as in the planner's arena.
            record_scale(*device, list, {&block, 16384, bytes}, {&block, 0, bytes}, 7, Storage::f32, load);
            list.finish();
            device->wait(device->submit(list));
            const auto result = read_all<float>(*device, block, 0, values.size());
            for (size_t i = 0; i < values.size(); ++i)
                ASSERT_EQ(result[i], 105.0f * values[i]) << i;
        }
    });
}

TEST(DeviceTest, HalfTensorsReadThroughTexelsAndBuffers) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        // 1, 2, 0.5, -4 in fp16; doubled: 2, 4, 1, -8.
        const std::vector<uint16_t> x{0x3c00, 0x4000, 0x3800, 0xc400},
            expected{0x4000, 0x4400, 0x3c00, 0xc800};
        for (const LoadPath load : {LoadPath::buffer, LoadPath::texel}) {
            const Block block = device->allocate(4096, MemoryKind::device, "half");
            device->write({&block, 0, 8}, bytes_of(x));
            CommandList list = device->record();
            record_scale(*device, list, {&block, 0, 8}, {&block, 2048, 8}, 2, Storage::f16, load);
            list.finish();
            device->wait(device->submit(list));
            EXPECT_EQ(read_all<uint16_t>(*device, block, 2048, 4), expected);
        }
    });
}

/// Adds 1 to a counter `rounds` times with two recordings in flight alternately, as training steps do.
void count_with_two_lists(Device& device, int rounds) {
    const Block memory = device.allocate(1024, MemoryKind::device, "sum");
    const Block result = device.allocate(2048, MemoryKind::readback, "result");
    CommandList init = device.record();
    init.fill({&memory, 0, 256}, 0x3f800000);  // 1.0f
    init.fill({&memory, 512, 256}, 0);
    init.finish();
    device.submit(init);

    std::vector<CommandList> lists;
    for (uint64_t i = 0; i < 2; ++i) {
        lists.push_back(device.record());
        record_accumulate(device, lists[i], {&memory, 0, 256}, {&memory, 512, 256});
        lists[i].copy({&memory, 512, 256}, {&result, 1024 * i, 256});
        lists[i].finish();
    }
    std::array<uint64_t, 2> tickets{};
    for (int round = 0; round < rounds; ++round) {
        const size_t i = round % 2;
        if (round >= 2) {
            device.wait(tickets[i]);
            float counted = 0;
            std::memcpy(&counted, result.mapped() + 1024 * i, 4);
            ASSERT_EQ(counted, static_cast<float>(round - 1));
        }
        const uint64_t ticket = device.submit(lists[i]);
        ASSERT_GT(ticket, tickets[1 - i]);
        tickets[i] = ticket;
    }
    device.wait(tickets[(rounds + 1) % 2]);
    EXPECT_TRUE(device.done(tickets[0]));
    EXPECT_TRUE(device.done(tickets[1]));
    EXPECT_EQ(read_all<float>(device, memory, 512, 1)[0], static_cast<float>(rounds));
}

TEST(DeviceTest, TwoListsInFlightAreResubmittedInOrder) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        count_with_two_lists(*device, 31);
    });
}

TEST(DeviceTest, LogicalDevicesOfOneGpuAreIndependentAcrossThreads) {
    on_every_device([](uint32_t index) {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 2; ++t)
            threads.emplace_back([index] {
                const auto device = test_instance()->open(index);
                count_with_two_lists(*device, 15);
            });
    });
}

TEST(DeviceTest, AllDevicesWorkAtOnce) {
    const Instance* instance = test_instance();
    if (!instance || instance->devices().size() < 2) GTEST_SKIP() << "one Vulkan device only";
    const ExpectSilentValidation silent(*instance);
    std::vector<std::jthread> threads;
    for (uint32_t index = 0; index < instance->devices().size(); ++index)
        threads.emplace_back([=] {
            const auto device = instance->open(index);
            count_with_two_lists(*device, 15);
        });
}

TEST(DeviceTest, ListsAndKernelsMayOutliveTheirDevice) {
    on_every_device([](uint32_t index) {
        auto device = test_instance()->open(index);
        const Block block = device->allocate(4096, MemoryKind::device, "block");
        CommandList list = device->record();
        list.fill({&block, 0, 4096}, 1);
        list.finish();
        device->submit(list);
        device.reset();
    });
}

TEST(DeviceTest, AListInFlightMayBeDestroyed) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        const Block block = device->allocate(1 << 22, MemoryKind::device, "block");
        for (uint32_t i = 0; i < 4; ++i) {
            CommandList list = device->record();
            list.fill({&block, 0, 1 << 22}, i);
            list.finish();
            device->submit(list);
        }
        EXPECT_EQ(read_all<uint32_t>(*device, block, 4096, 1)[0], 3u);
    });
}

/// Keeps messages that a test provokes out of the log, where scripts/test.sh looks for unwanted ones.
class SilentLog {
  public:
    SilentLog() { spdlog::set_level(spdlog::level::off); }
    SilentLog(const SilentLog&) = delete;
    ~SilentLog() { spdlog::set_level(spdlog::level::info); }
};

/// The validation layer is what the other tests trust: it must notice a mistake.
TEST(DeviceTest, ValidationMessagesAreCollected) {
    const Instance* instance = test_instance();
    if (!instance || instance->devices().empty()) GTEST_SKIP() << "no Vulkan device";
    const auto device = instance->open(0);
    const Context& context = *device->impl().context;
    if (!context.instance->validation) GTEST_SKIP() << "no validation layer";
    const SilentLog silent;
    const size_t before = instance->validation_messages().size();
    auto info = structure<VkBufferCreateInfo>(VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO);
    info.size = 64;  // and no usage
    VkBuffer buffer = VK_NULL_HANDLE;
    context.vk.vkCreateBuffer(context.device, &info, nullptr, &buffer);
    context.vk.vkDestroyBuffer(context.device, buffer, nullptr);
    EXPECT_GT(instance->validation_messages().size(), before);
}

TEST(DeviceTest, SynchronizationValidationSeesAMissingBarrier) {
    const Instance* instance = test_instance();
    if (!instance || instance->devices().empty()) GTEST_SKIP() << "no Vulkan device";
    const auto device = instance->open(0);
    const Context& context = *device->impl().context;
    if (!context.instance->validation) GTEST_SKIP() << "no validation layer";
    const SilentLog silent;
    const size_t before = instance->validation_messages().size();
    const Block block = device->allocate(4096, MemoryKind::device, "racy");
    CommandList list = device->record();
    list.fill({&block, 0, 4096}, 1);
    const VkCommandBuffer commands = list.impl().work.back().commands;
    context.vk.vkCmdFillBuffer(commands, block.impl().buffer.get(), 0, 4096, 2);  // past the hazard tracker
    list.finish();
    EXPECT_GT(instance->validation_messages().size(), before);
}

}  // namespace
}  // namespace vkm::engine
