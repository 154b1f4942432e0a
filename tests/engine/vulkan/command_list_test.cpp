#include <engine/vulkan/device_impl.h>
#include <gmock/gmock.h>
#include <support/vulkan_devices.h>

#include <chrono>

#include "engine/test_kernels.h"

namespace vkm::engine {
namespace {

using testing::HasSubstr;

DevicePlan planned(uint32_t index) {
    return plan_device(test_instance()->devices()[index], known_quirks());
}

/// Holds a dispatch of `scale` that is right, for tests to make wrong.
struct ScaleDispatch {
    explicit ScaleDispatch(Device& device)
        : block(device.allocate(1 << 16, MemoryKind::device, "tensor")),
          bindings{Slice{&block, 0, 1024}, Slice{&block, 4096, 1024}},
          dispatch{kernel_of(device, test_shaders::scale),
                   bindings,
                   std::as_bytes(std::span(push)),
                   {1, 1, 1},
                   "layer/scale",
                   1} {}

    std::string failure(Device& device) {
        dispatch.bindings = bindings;
        CommandList list = device.record();
        try {
            list.dispatch(dispatch);
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    }

    Block block;
    std::vector<Slice> bindings;
    std::array<uint32_t, 2> push{64, 0};
    CommandList::Dispatch dispatch;
};

/// Expects that the message of a dispatch made wrong by `spoil` names the device, the
/// operator and what is wrong.
void expect_refused(
    const std::function<void(ScaleDispatch&, Device&)>& spoil, const std::string& why,
    const std::function<void(DevicePlan&)>& restrict_plan = [](DevicePlan&) {}) {
    on_every_device([&](uint32_t index) {
        DevicePlan plan = planned(index);
        restrict_plan(plan);
        const auto device = test_instance()->open_planned(index, plan);
        ScaleDispatch scale(*device);
        ASSERT_EQ(scale.failure(*device), "");
        spoil(scale, *device);
        const std::string message = scale.failure(*device);
        EXPECT_THAT(message, HasSubstr(device->description()));
        EXPECT_THAT(message, HasSubstr("layer/scale"));
        EXPECT_THAT(message, HasSubstr(why));
    });
}

TEST(CommandListErrorTest, NumberOfBindings) {
    expect_refused([](ScaleDispatch& s, Device&) { s.bindings.pop_back(); },
                   "1 bindings given, the kernel has 2");
}
TEST(CommandListErrorTest, MissingBlock) {
    expect_refused([](ScaleDispatch& s, Device&) { s.bindings[1].block = nullptr; },
                   "binding 1 has no block");
}
TEST(CommandListErrorTest, OffsetAlignment) {
    expect_refused([](ScaleDispatch& s, Device& d) { s.bindings[0].offset = d.plan().binding_alignment / 2; },
                   "binding 0 starts at byte");
}
TEST(CommandListErrorTest, RangeBeyondTheBlock) {
    expect_refused([](ScaleDispatch& s, Device&) { s.bindings[0].bytes = 1 << 17; },
                   "do not lie in block 'tensor' of 65536 bytes");
}
TEST(CommandListErrorTest, RangeBeyondTheWindow) {
    expect_refused([](ScaleDispatch& s, Device&) { s.bindings[0].bytes = 4096 + 16; },
                   "the device binds 4096 at once", [](DevicePlan& plan) { plan.window_bytes = 4096; });
}
TEST(CommandListErrorTest, EmptySlice) {
    expect_refused([](ScaleDispatch& s, Device&) { s.bindings[1].bytes = 0; },
                   "the slice of 'tensor' is empty");
}
TEST(CommandListErrorTest, NoWorkgroups) {
    expect_refused([](ScaleDispatch& s, Device&) { s.dispatch.groups = {1, 0, 1}; }, "1 x 0 x 1 workgroups");
}
TEST(CommandListErrorTest, TooManyWorkgroups) {
    expect_refused(
        [](ScaleDispatch& s, Device&) {
            s.dispatch.groups = {1, 1, 101};
        },
        "1 x 1 x 101 workgroups",
        [](DevicePlan& plan) {
            plan.max_workgroup_count = {100, 100, 100};
        });
}
TEST(CommandListErrorTest, TooFewPushConstants) {
    expect_refused(
        [](ScaleDispatch& s, Device&) { s.dispatch.push_constants = s.dispatch.push_constants.first(4); },
        "4 bytes of push constants given, the kernel reads 8");
}
TEST(CommandListErrorTest, TooManyPushConstants) {
    static const std::array<std::byte, 132> many{};
    expect_refused([](ScaleDispatch& s, Device&) { s.dispatch.push_constants = many; },
                   "132 bytes of push constants");
}
TEST(CommandListErrorTest, BlockOfAnotherDevice) {
    on_every_device([](uint32_t index) {
        const auto one = test_instance()->open(index), two = test_instance()->open(index);
        ScaleDispatch scale(*one);
        const Block foreign = two->allocate(4096, MemoryKind::device, "foreign");
        scale.bindings[0] = {&foreign, 0, 1024};
        EXPECT_THAT(scale.failure(*one), HasSubstr("block 'foreign' belongs to"));
        EXPECT_THAT(scale.failure(*two), HasSubstr("the kernel belongs to"));
    });
}
TEST(CommandListErrorTest, TexelBindingOfAHalfTexel) {
    expect_refused(
        [](ScaleDispatch& s, Device& d) {
            s.dispatch.kernel = kernel_of(d, test_shaders::scale, Storage::f32, LoadPath::texel);
            s.bindings[0].bytes = 1016;
        },
        "which is no multiple of 16");
}
TEST(CommandListErrorTest, TexelBindingBeyondTheLimit) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        ScaleDispatch scale(*device);
        scale.dispatch.kernel = kernel_of(*device, test_shaders::scale, Storage::f32, LoadPath::texel);
        device->impl().context->snapshot.limits.max_texel_buffer_elements = 63;
        EXPECT_THAT(scale.failure(*device), HasSubstr("spans 64 texels; the device allows 63"));
    });
}

TEST(CommandListErrorTest, CopiesAndFills) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        const Block a = device->allocate(4096, MemoryKind::device, "a"),
                    b = device->allocate(4096, MemoryKind::device, "b");
        CommandList list = device->record();
        EXPECT_THROW(list.copy({&a, 0, 64}, {&b, 0, 32}), Error);
        EXPECT_THROW(list.copy({&a, 0, 64}, {&a, 32, 64}), Error);
        EXPECT_THROW(list.copy({&a, 4090, 64}, {&b, 0, 64}), Error);
        EXPECT_THROW(list.copy({nullptr, 0, 64}, {&b, 0, 64}), Error);
        EXPECT_THROW(list.copy({&a, 0, 0}, {&b, 0, 0}), Error);
        EXPECT_THROW(list.fill({&a, 2, 64}, 0), Error);
        EXPECT_THROW(list.fill({&a, 4, 6}, 0), Error);
        // What failed left the list as it was.
        list.fill({&a, 0, 4096}, 1);
        list.finish();
        device->wait(device->submit(list));
    });
}

TEST(CommandListErrorTest, NothingIsRecordedAfterFinish) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        ScaleDispatch scale(*device);
        CommandList list = device->record();
        list.finish();
        scale.dispatch.bindings = scale.bindings;
        EXPECT_THROW(list.dispatch(scale.dispatch), Error);
        EXPECT_THROW(list.fill({&scale.block, 0, 64}, 0), Error);
        EXPECT_THROW(list.copy({&scale.block, 0, 64}, {&scale.block, 64, 64}), Error);
        EXPECT_THROW(list.finish(), Error);
    });
}

TEST(CommandListErrorTest, SubmissionOutOfOrder) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index), other = test_instance()->open(index);
        CommandList list = device->record();
        EXPECT_THROW(device->submit(list), Error) << "not finished";
        list.finish();
        EXPECT_THROW(other->submit(list), Error) << "another device's";
        device->wait(device->submit(list));
        EXPECT_THROW(device->wait(99), Error) << "never submitted";
    });
}

int barriers;
PFN_vkCmdPipelineBarrier real_barrier;

void VKAPI_CALL counted_barrier(VkCommandBuffer commands, VkPipelineStageFlags from, VkPipelineStageFlags to,
                                VkDependencyFlags flags, uint32_t memories, const VkMemoryBarrier* memory,
                                uint32_t buffers, const VkBufferMemoryBarrier* buffer, uint32_t images,
                                const VkImageMemoryBarrier* image) {
    ++barriers;
    real_barrier(commands, from, to, flags, memories, memory, buffers, buffer, images, image);
}

TEST(CommandListTest, OnlyOverlapsCostABarrier) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        VolkDeviceTable& vk = device->impl().context->vk;
        real_barrier = vk.vkCmdPipelineBarrier;
        vk.vkCmdPipelineBarrier = counted_barrier;
        const Block block = device->allocate(1 << 16, MemoryKind::device, "block");
        const auto slice = [&](uint64_t i) { return Slice{&block, i * 4096, 1024}; };

        barriers = 0;
        CommandList list = device->record();
        EXPECT_EQ(barriers, 1) << "against earlier submits";
        for (uint64_t i = 0; i < 4; ++i)
            list.fill(slice(i), 0x3f800000);
        EXPECT_EQ(barriers, 1) << "neighbours are independent";
        record_scale(*device, list, slice(0), slice(4), 2);
        EXPECT_EQ(barriers, 2) << "reads a fill";
        record_scale(*device, list, slice(1), slice(5), 3);
        record_scale(*device, list, slice(1), slice(6), 4);
        EXPECT_EQ(barriers, 2) << "two readers of one tensor";
        record_scale(*device, list, slice(4), slice(7), 5);
        EXPECT_EQ(barriers, 3) << "reads the first dispatch";
        record_scale(*device, list, slice(2), slice(4), 6);
        EXPECT_EQ(barriers, 4) << "writes what the last one read";
        list.finish();
        EXPECT_EQ(barriers, 5) << "to the host";
        device->wait(device->submit(list));
        const std::array<float, 4> expected{6, 3, 4, 10};
        for (uint64_t i = 0; i < 4; ++i)
            EXPECT_EQ(read_all<float>(*device, block, (4 + i) * 4096, 256),
                      std::vector<float>(256, expected[i]));
    });
}

TEST(CommandListTest, WorkBeyondTheBoundIsSplitIntoSubmits) {
    on_every_device([](uint32_t index) {
        DevicePlan plan = planned(index);
        plan.work_per_submit = 100;
        const auto device = test_instance()->open_planned(index, plan);
        const Block block = device->allocate(8192, MemoryKind::device, "block");
        CommandList list = device->record(Timing::dispatches);
        list.fill({&block, 0, 1024}, 0x3f800000);
        list.fill({&block, 4096, 1024}, 0);
        for (int i = 0; i < 20; ++i)
            record_accumulate(*device, list, {&block, 0, 1024}, {&block, 4096, 1024}, 30);
        list.finish();
        // One small submit first (a tenth of the bound, at least one dispatch), then three dispatches each:
        // 1 + 7 submits.
        ASSERT_EQ(list.impl().work.size(), 8u);
        EXPECT_EQ(list.impl().work[0].label.dispatches, 1u);
        EXPECT_EQ(list.impl().work[1].label.dispatches, 3u);
        for (int round = 1; round <= 3; ++round) {
            device->wait(device->submit(list));
            EXPECT_EQ(read_all<float>(*device, block, 4096, 1)[0], 20.0f);
        }
        EXPECT_EQ(device->times(list).size(), plan.timestamps ? 20u : 0u);
    });
}

TEST(CommandListTest, WithoutABoundThereIsOneSubmit) {
    on_every_device([](uint32_t index) {
        DevicePlan plan = planned(index);
        plan.work_per_submit = 0;
        const auto device = test_instance()->open_planned(index, plan);
        const Block block = device->allocate(8192, MemoryKind::device, "block");
        CommandList list = device->record();
        for (int i = 0; i < 5; ++i)
            record_accumulate(*device, list, {&block, 0, 1024}, {&block, 4096, 1024}, 1e15);
        list.finish();
        EXPECT_EQ(list.impl().work.size(), 1u);
    });
}

TEST(CommandListTest, ManyDispatchesNeedManyDescriptorsAndTimestamps) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        const Block block = device->allocate(8192, MemoryKind::device, "block");
        CommandList list = device->record(Timing::dispatches);
        list.fill({&block, 0, 1024}, 0x3f800000);
        list.fill({&block, 4096, 1024}, 0);
        for (int i = 0; i < 600; ++i)
            record_accumulate(*device, list, {&block, 0, 1024}, {&block, 4096, 1024});
        list.finish();
        for (int round = 1; round <= 2; ++round) {
            device->wait(device->submit(list));
            EXPECT_EQ(read_all<float>(*device, block, 4096, 1)[0], 600.0f);
            const auto times = device->times(list);
            if (!device->plan().timestamps) continue;
            ASSERT_EQ(times.size(), 600u);
            double sum = 0;
            for (const DispatchTime& t : times) {
                EXPECT_EQ(t.label, "test/accumulate");
                EXPECT_EQ(t.kernel, "accumulate[f32,buffer](64)");
                EXPECT_GE(t.microseconds, 0);
                sum += t.microseconds;
            }
            EXPECT_GT(sum, 0);
            EXPECT_LT(sum, 60e6);
        }
    });
}

TEST(CommandListTest, TimesTheWholeListFromItsFirstCommandToItsLast) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        if (!device->plan().timestamps) return;
        const Block block = device->allocate(8192, MemoryKind::device, "block");
        CommandList list = device->record(Timing::whole);
        for (int i = 0; i < 5; ++i)
            record_accumulate(*device, list, {&block, 0, 1024}, {&block, 4096, 1024});
        list.finish();
        for (int submission = 0; submission < 2; ++submission) {
            const auto start = std::chrono::steady_clock::now();
            device->wait(device->submit(list));
            const std::chrono::duration<double, std::micro> host = std::chrono::steady_clock::now() - start;
            const auto times = device->times(list);
            ASSERT_EQ(times.size(), 1u);
            EXPECT_GT(times[0].microseconds, 0);
            EXPECT_LE(times[0].microseconds, host.count());
        }
    });
}

TEST(CommandListTest, TimesAreEmptyUnlessAskedFor) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        const Block block = device->allocate(8192, MemoryKind::device, "block");
        CommandList plain = device->record(), profiled = device->record(Timing::dispatches);
        record_accumulate(*device, plain, {&block, 0, 1024}, {&block, 4096, 1024});
        plain.finish();
        device->wait(device->submit(plain));
        EXPECT_TRUE(device->times(plain).empty());
        EXPECT_TRUE(device->times(profiled).empty()) << "not submitted";
    });
}

}  // namespace
}  // namespace vkm::engine
