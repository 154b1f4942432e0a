#include <engine/plan/vulkan_ids.h>
#include <engine/vulkan/device_impl.h>
#include <engine/vulkan/host_memory.h>
#include <support/vulkan_devices.h>

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>

namespace vkm::engine {
namespace {

constexpr size_t values_count = 1237;
constexpr uint64_t region_bytes = values_count * sizeof(uint32_t), region_begin = 4092;

std::vector<uint32_t> host_values() {
    std::vector<uint32_t> values(values_count);
    std::iota(values.begin(), values.end(), 7u);
    return values;
}

void run_copy(Device& device, const Slice& from, const Slice& to) {
    CommandList list = device.record();
    list.copy(from, to);
    list.finish();
    device.wait(device.submit(list));
}

// Some drivers list the extension and then take no memory (SwiftShader).
bool imports(Device& device) {
    if (device.plan().import_alignment == 0) return false;
    const auto page = std::make_shared<const HostMemory>(1, device.plan().import_alignment);
    return device.import_memory(page, "page").has_value();
}

// Devices may be the same one opened twice.
void on_every_pair(const std::function<void(Device&, Device&)>& test) {
    on_every_device([&](uint32_t first) {
        on_every_device([&](uint32_t second) {
            const auto a = test_instance()->open(first), b = test_instance()->open(second);
            if (imports(*a) && imports(*b)) test(*a, *b);
        });
    });
}

TEST(HostMemoryTest, IsZeroAndAligned) {
    const HostMemory memory(5000, 4096);
    EXPECT_EQ(memory.size(), 8192u);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory.data()) % 4096, 0u);
    EXPECT_TRUE(std::all_of(memory.data(), memory.data() + memory.size(),
                            [](std::byte b) { return b == std::byte{}; }));
}

TEST(HostMemoryTest, LavapipeTakesIt) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        if (device->snapshot().driver_id != driver::mesa_llvmpipe) return;
        EXPECT_TRUE(imports(*device));
    });
}

TEST(HostMemoryTest, WhatOneDeviceWritesTheHostAndAnotherDeviceRead) {
    on_every_pair([](Device& a, Device& b) {
        const auto memory = std::make_shared<const HostMemory>(
            region_begin + region_bytes, std::max(a.plan().import_alignment, b.plan().import_alignment));
        const auto there = a.import_memory(memory, "there"), here = b.import_memory(memory, "here");
        ASSERT_TRUE(there && here);
        EXPECT_EQ(there->mapped(), memory->data());
        const Block source = a.allocate(region_bytes, MemoryKind::device, "source");
        const Block target = b.allocate(region_bytes, MemoryKind::device, "target");
        a.write({&source, 0, region_bytes}, bytes_of(host_values()));

        run_copy(a, {&source, 0, region_bytes}, {&*there, region_begin, region_bytes});
        EXPECT_EQ(std::memcmp(memory->data() + region_begin, host_values().data(), region_bytes), 0);
        run_copy(b, {&*here, region_begin, region_bytes}, {&target, 0, region_bytes});
        EXPECT_EQ(read_all<uint32_t>(b, target, 0, values_count), host_values());
    });
}

TEST(HostMemoryTest, WhatTheHostWritesADeviceReads) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        if (!imports(*device)) return;
        const auto memory = std::make_shared<const HostMemory>(region_bytes, device->plan().import_alignment);
        const auto block = device->import_memory(memory, "here");
        ASSERT_TRUE(block);
        std::memcpy(memory->data(), host_values().data(), region_bytes);
        EXPECT_EQ(read_all<uint32_t>(*device, *block, 0, values_count), host_values());
        const Block target = device->allocate(region_bytes, MemoryKind::device, "target");
        run_copy(*device, {&*block, 0, region_bytes}, {&target, 0, region_bytes});
        EXPECT_EQ(read_all<uint32_t>(*device, target, 0, values_count), host_values());
    });
}

TEST(HostMemoryTest, StaysWhileADeviceHasIt) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        if (!imports(*device)) return;
        auto memory = std::make_shared<const HostMemory>(region_bytes, device->plan().import_alignment);
        const std::weak_ptr<const HostMemory> seen = memory;
        {
            const auto block = device->import_memory(std::move(memory), "here");
            ASSERT_TRUE(block);
            EXPECT_FALSE(seen.expired());
        }
        EXPECT_TRUE(seen.expired()) << "and no longer";
    });
}

TEST(HostMemoryTest, ADeviceThatImportsNoneSaysSo) {
    on_every_device([](uint32_t index) {
        DevicePlan plan = plan_device(test_instance()->devices()[index], known_quirks());
        plan.import_alignment = 0;
        const auto device = test_instance()->open_planned(index, plan);
        EXPECT_FALSE(device->import_memory(std::make_shared<const HostMemory>(region_bytes, 4096), "here"));
    });
}

TEST(HostMemoryTest, MemoryThatEndsBetweenMultiplesIsNotImported) {
    on_every_device([](uint32_t index) {
        DevicePlan plan = plan_device(test_instance()->devices()[index], known_quirks());
        if (plan.import_alignment == 0) return;
        plan.import_alignment *= 2;
        const auto device = test_instance()->open_planned(index, plan);
        EXPECT_FALSE(device->import_memory(std::make_shared<const HostMemory>(100, plan.import_alignment / 2),
                                           "here"));
    });
}

}  // namespace
}  // namespace vkm::engine
