#include <engine/vulkan/device_impl.h>
#include <gmock/gmock.h>
#include <support/vulkan_devices.h>

namespace vkm::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr DeviceSnapshot::MemoryType vram{0, true, false, false, false};
constexpr DeviceSnapshot::MemoryType host{1, false, true, true, false};
constexpr DeviceSnapshot::MemoryType cached{1, false, true, true, true};
constexpr DeviceSnapshot::MemoryType rebar{0, true, true, true, false};
constexpr DeviceSnapshot::MemoryType incoherent{0, true, true, false, true};

constexpr MemoryUse staged{}, resized_bar{.direct_upload = true},
    unified{.unified = true, .direct_upload = true};

TEST(MemoryTypeTest, DiscreteDeviceWithoutDirectUpload) {
    const std::vector<DeviceSnapshot::MemoryType> types{vram, host, cached, rebar};
    EXPECT_THAT(memory_type_order(types, MemoryKind::device, staged), ElementsAre(0, 3));
    EXPECT_THAT(memory_type_order(types, MemoryKind::upload, staged), ElementsAre(1, 2, 3));
    EXPECT_THAT(memory_type_order(types, MemoryKind::readback, staged), ElementsAre(2, 1, 3));
}

TEST(MemoryTypeTest, ADiscreteDevicesOwnMemoryIsTheHostsForUploadsOnly) {
    const std::vector<DeviceSnapshot::MemoryType> types{vram, host, cached, rebar};
    EXPECT_THAT(memory_type_order(types, MemoryKind::device, resized_bar), ElementsAre(0, 3));
    EXPECT_THAT(memory_type_order(types, MemoryKind::upload, resized_bar), ElementsAre(3, 1, 2));
    EXPECT_THAT(memory_type_order(types, MemoryKind::readback, resized_bar), ElementsAre(2, 1, 3));
}

TEST(MemoryTypeTest, UnifiedMemoryIsWrittenInPlace) {
    const std::vector<DeviceSnapshot::MemoryType> types{vram, rebar};
    EXPECT_THAT(memory_type_order(types, MemoryKind::device, unified), ElementsAre(1, 0));
}

TEST(MemoryTypeTest, AnApuUsesTheHostsMemoryBeyondItsCarveOut) {
    const std::vector<DeviceSnapshot::MemoryType> types{vram, host, rebar, cached, {}};
    EXPECT_THAT(memory_type_order(types, MemoryKind::device, unified), ElementsAre(2, 0, 1, 3))
        << "and never a type of no known property";
}

TEST(MemoryTypeTest, ACoherentTypeIsWorthMoreToUploadsThanACachedOne) {
    const std::vector<DeviceSnapshot::MemoryType> types{incoherent, rebar};
    EXPECT_THAT(memory_type_order(types, MemoryKind::upload, resized_bar), ElementsAre(1, 0));
    EXPECT_THAT(memory_type_order(types, MemoryKind::readback, resized_bar), ElementsAre(0, 1));
}

TEST(MemoryTypeTest, KernelsUseHostMemoryOnlyWhereThereIsNoOther) {
    const std::vector<DeviceSnapshot::MemoryType> types{host, cached};
    EXPECT_THAT(memory_type_order(types, MemoryKind::device, staged), ElementsAre(0, 1));
}

TEST(BlockTest, MappedAsItsKindSays) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        EXPECT_NE(device->allocate(64, MemoryKind::upload, "u").mapped(), nullptr);
        EXPECT_NE(device->allocate(64, MemoryKind::readback, "r").mapped(), nullptr);
        EXPECT_EQ(device->allocate(64, MemoryKind::device, "d").mapped() != nullptr,
                  device->plan().direct_upload && device->plan().unified_memory);
        EXPECT_EQ(device->allocate(61, MemoryKind::device, "odd").size(), 61u);
    });
}

TEST(BlockTest, TransfersAreStagedWhereTheHostDoesNotSeeTheMemory) {
    on_every_device([](uint32_t index) {
        DevicePlan plan = plan_device(test_instance()->devices()[index], known_quirks());
        plan.direct_upload = false;
        const auto device = test_instance()->open_planned(index, plan);
        const size_t count = (16u << 20) / 4 + 777;  // more than the staging memory holds at once
        const Block block = device->allocate(count * 4 + 4, MemoryKind::device, "large");
        ASSERT_EQ(block.mapped(), nullptr);
        std::vector<uint32_t> values(count);
        for (size_t i = 0; i < count; ++i)
            values[i] = static_cast<uint32_t>(i * 2654435761u);
        device->write({&block, 4, count * 4}, bytes_of(values));
        EXPECT_EQ(read_all<uint32_t>(*device, block, 4, count), values);
        device->write({&block, 7, 3}, bytes_of(std::vector<uint8_t>{1, 2, 3}));
        EXPECT_EQ(read_all<uint8_t>(*device, block, 7, 3), (std::vector<uint8_t>{1, 2, 3}));
    });
}

std::string refusal(Device& device, uint64_t bytes) {
    try {
        device.allocate(bytes, MemoryKind::device, "activations");
    } catch (const OutOfDeviceMemory& error) {
        return error.what();
    }
    return "";
}

TEST(BlockTest, TooLargeABlockNamesItsSizeAndTheBound) {
    on_every_device([](uint32_t index) {
        DevicePlan plan = plan_device(test_instance()->devices()[index], known_quirks());
        plan.block_bytes = 100u << 20;
        const auto device = test_instance()->open_planned(index, plan);
        const std::string why = refusal(*device, 101u << 20);
        EXPECT_THAT(why, HasSubstr(device->description()));
        EXPECT_THAT(why, HasSubstr("101.0 MiB of device memory for 'activations'"));
        EXPECT_THAT(why, HasSubstr("100.0 MiB"));
    });
}

TEST(BlockTest, ARefusedAllocationSaysWhatIsThere) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        device->impl().context->vk.vkAllocateMemory = [](VkDevice, const VkMemoryAllocateInfo*,
                                                         const VkAllocationCallbacks*, VkDeviceMemory*) {
            return VK_ERROR_OUT_OF_DEVICE_MEMORY;
        };
        const std::string why = refusal(*device, 32u << 20);
        EXPECT_THAT(why, HasSubstr("32.0 MiB of device memory for 'activations'"));
        EXPECT_THAT(why, HasSubstr("heap 0"));
    });
}

TEST(BlockTest, AnEmptyBlockIsAnError) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        EXPECT_THROW(device->allocate(0, MemoryKind::device, "nothing"), Error);
    });
}

TEST(BlockTest, OutlivesItsDevice) {
    on_every_device([](uint32_t index) {
        auto device = test_instance()->open(index);
        const Block block = device->allocate(4096, MemoryKind::upload, "survivor");
        device.reset();
        EXPECT_EQ(block.size(), 4096u);
        block.mapped()[4095] = std::byte{1};
    });
}

TEST(BlockTest, TransfersOutsideTheBlockAreErrors) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        const Block block = device->allocate(64, MemoryKind::device, "small");
        const std::vector<std::byte> bytes(32);
        EXPECT_THROW(device->write({&block, 40, 32}, bytes), Error);
        EXPECT_THROW(device->write({&block, ~uint64_t{0} - 8, 32}, bytes), Error);
        EXPECT_THROW(device->write({&block, 0, 31}, bytes), Error);
        EXPECT_THROW(device->write({nullptr, 0, 32}, bytes), Error);
        const auto other = test_instance()->open(index);
        EXPECT_THROW(other->write({&block, 0, 32}, bytes), Error);
    });
}

int flushes, invalidations;

/// No device here has incoherent memory, so one is told that it has, and the calls are counted.
TEST(BlockTest, IncoherentMemoryIsFlushedBeforeSubmitsAndInvalidatedAfterWaits) {
    on_every_device([](uint32_t index) {
        DevicePlan plan = plan_device(test_instance()->devices()[index], known_quirks());
        plan.direct_upload = false;
        const auto device = test_instance()->open_planned(index, plan);
        Context& context = *device->impl().context;
        for (auto& type : context.snapshot.memory_types)
            type.host_coherent = false;
        flushes = invalidations = 0;
        context.vk.vkFlushMappedMemoryRanges = [](VkDevice, uint32_t, const VkMappedMemoryRange*) {
            ++flushes;
            return VK_SUCCESS;
        };
        context.vk.vkInvalidateMappedMemoryRanges = [](VkDevice, uint32_t, const VkMappedMemoryRange*) {
            ++invalidations;
            return VK_SUCCESS;
        };
        const Block upload = device->allocate(64, MemoryKind::upload, "u");
        {
            const Block readback = device->allocate(64, MemoryKind::readback, "r");
            CommandList list = device->record();
            list.copy({&upload, 0, 64}, {&readback, 0, 64});
            list.finish();
            const uint64_t ticket = device->submit(list);
            EXPECT_EQ(flushes, 1);
            EXPECT_EQ(invalidations, 0);
            device->wait(ticket);
            EXPECT_EQ(invalidations, 1);
        }
        device->wait(0);
        EXPECT_EQ(invalidations, 1) << "the readback block is gone";
    });
}

}  // namespace
}  // namespace vkm::engine
