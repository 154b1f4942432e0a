#include <base/error.h>
#include <train/shares.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>

namespace vkm::train {
namespace {

using testing::HasSubstr;

// Deals samples out one by one, as cards are.
std::vector<int64_t> dealt(int64_t batch_size, size_t devices) {
    std::vector<int64_t> hands(devices, 0);
    for (int64_t sample = 0; sample < batch_size; ++sample)
        ++hands[static_cast<size_t>(sample) % devices];
    return hands;
}

TEST(SharesTest, EveryDeviceGetsAsManySamplesAsDealingWouldGiveIt) {
    for (const int64_t batch_size : {1, 2, 7, 13, 64, 97, 128, 1021})
        for (size_t devices = 1; devices <= 13 && static_cast<int64_t>(devices) <= batch_size; ++devices) {
            SCOPED_TRACE(testing::Message() << batch_size << " over " << devices);
            const std::vector<int64_t> hands = dealt(batch_size, devices);
            const std::vector<Share> shares = split_batch(batch_size, devices);
            ASSERT_EQ(shares.size(), devices);
            int64_t next = 0;  // shares follow one another without a gap, in the order of the devices
            for (size_t i = 0; i < devices; ++i) {
                EXPECT_EQ(shares[i], (Share{next, hands[i]}));
                next += hands[i];
            }
            EXPECT_EQ(next, batch_size);
        }
}

TEST(SharesTest, OneDeviceGetsTheWholeBatch) {
    EXPECT_EQ(split_batch(131, 1), (std::vector<Share>{{0, 131}}));
}

TEST(SharesTest, TheFirstDevicesTakeWhatDoesNotDivide) {
    EXPECT_EQ(split_batch(17, 3), (std::vector<Share>{{0, 6}, {6, 6}, {12, 5}}));
}

TEST(SharesTest, ADeviceWithoutASampleIsAnErrorThatSaysWhatToDo) {
    const std::string why = test::message_of<Error>([] { split_batch(4, 5); });
    EXPECT_THAT(why, HasSubstr("a batch of 4 cannot be shared by 5 devices"));
    EXPECT_THAT(why, HasSubstr("--batch-size"));
    EXPECT_THROW(split_batch(0, 1), Error);
    EXPECT_THROW(split_batch(-3, 1), Error);
}

TEST(SharesTest, BatchesOfOneSizeLeaveLittleOfTheLastOneEmpty) {
    EXPECT_EQ(even_batch(100, 32, 1), 25) << "four batches, none of them with room left";
    EXPECT_EQ(even_batch(10'000, 32, 1), 32);
    EXPECT_EQ(even_batch(5, 32, 1), 5);
    EXPECT_EQ(even_batch(0, 32, 1), 1) << "a batch is never empty";
    for (int64_t samples = 1; samples < 300; ++samples)
        for (const int64_t most : {1, 2, 7, 32, 97}) {
            const int64_t batch = even_batch(samples, most, 1), batches = (samples + batch - 1) / batch;
            EXPECT_LE(batch, most);
            EXPECT_EQ(batches, (samples + most - 1) / most) << samples << " by " << most;
            EXPECT_LT(batch * batches - samples, batches) << samples << " by " << most;
        }
}

TEST(SharesTest, AnEvenBatchHasASampleForEveryDeviceThatTheLargestHasOneFor) {
    EXPECT_EQ(even_batch(2, 32, 5), 5);
    EXPECT_EQ(even_batch(2, 3, 5), 3) << "split_batch says what is wrong";
}

constexpr uint64_t gib = uint64_t{1} << 30;

engine::DeviceSnapshot device_with(uint64_t bytes, uint8_t uuid) {
    engine::DeviceSnapshot device;
    device.name = "a GPU";
    device.device_uuid.fill(uuid);
    device.memory_types = {{.heap = 0, .device_local = true}};
    device.memory_heaps = {bytes};
    return device;
}

TEST(SharesTest, LogicalDevicesOfOnePhysicalDeviceShareItsMemory) {
    const engine::DeviceSnapshot a = device_with(24 * gib, 1), b = device_with(8 * gib, 2);
    const auto split = [](const std::vector<const engine::DeviceSnapshot*>& devices) {
        return split_memory(devices);
    };
    EXPECT_EQ(split({&a}), (std::vector{24 * gib}));
    EXPECT_EQ(split({&a, &b}), (std::vector{24 * gib, 8 * gib})) << "of one kind and two";
    EXPECT_EQ(split({&a, &b, &a, &a}), (std::vector{8 * gib, 8 * gib, 8 * gib, 8 * gib}));
    const engine::DeviceSnapshot again = a;  // every logical device has a snapshot of its own
    EXPECT_EQ(split({&a, &again}), (std::vector{12 * gib, 12 * gib}));
}

TEST(SharesTest, WhatBoundsADevicesMemoryIsWhatOfItIsAvailable) {
    engine::DeviceSnapshot device = device_with(24 * gib, 1);
    device.memory_heap_budgets = {10 * gib};
    const std::vector<const engine::DeviceSnapshot*> twice{&device, &device};
    EXPECT_EQ(split_memory(twice), (std::vector{5 * gib, 5 * gib}));
    device.memory_types.clear();
    EXPECT_EQ(split_memory(twice), (std::vector<uint64_t>{0, 0}));
}

}  // namespace
}  // namespace vkm::train
