#include <engine/vulkan/device_impl.h>
#include <gmock/gmock.h>
#include <support/vulkan_devices.h>

#include <thread>

#include "engine/test_kernels.h"

namespace vkm::engine {
namespace {

using testing::HasSubstr;

KernelSpec scale_spec(uint32_t workgroup, Storage storage = Storage::f32, LoadPath load = LoadPath::buffer) {
    return {&test_shaders::scale, storage, load, {workgroup}, false};
}

TEST(KernelSpecTest, LabelTellsVariantAndConstants) {
    EXPECT_EQ(scale_spec(64).label(), "scale[f32,buffer](64)");
    KernelSpec spec = scale_spec(8, Storage::f16, LoadPath::texel);
    spec.constants = {8, 3, 1};
    spec.pin_subgroup = true;
    EXPECT_EQ(spec.label(), "scale[f16,texel](8,3,1) pinned");
}

TEST(KernelTest, EqualSpecsShareAPipeline) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        const std::vector<KernelSpec> specs{scale_spec(64), scale_spec(32), scale_spec(64)};
        const auto kernels = device->kernels(specs);
        ASSERT_EQ(kernels.size(), 3u);
        EXPECT_EQ(kernels[0], kernels[2]);
        EXPECT_NE(kernels[0], kernels[1]);
        EXPECT_EQ(device->kernels(specs), kernels);
        EXPECT_EQ(device->kernel_count(), 2u);
    });
}

TEST(KernelTest, AShaderThatIsNotInThisBuildIsRefused) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        const Shader left_out{"left_out", {}};
        const KernelSpec spec{&left_out, Storage::f32, LoadPath::buffer, {64}, false};
        try {
            device->kernels(std::span(&spec, 1));
            ADD_FAILURE() << "compiled";
        } catch (const Error& error) {
            EXPECT_THAT(error.what(), HasSubstr("shader left_out is not in this build"));
        }
    });
}

TEST(KernelTest, VariantsAShaderDoesNotHaveShareItsCode) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        const std::vector<KernelSpec> specs{
            {&test_shaders::tile, Storage::f32, LoadPath::buffer, {0, 8, 4}, false},
            {&test_shaders::tile, Storage::f16, LoadPath::texel, {0, 8, 4}, false}};
        device->kernels(specs);
        EXPECT_EQ(device->kernel_count(), 1u);
    });
}

TEST(KernelTest, ProgressCountsToTheTotalOnTheCallingThread) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        std::vector<KernelSpec> specs;
        for (uint32_t w = 1; w <= 12; ++w)
            specs.push_back(scale_spec(w));
        const auto caller = std::this_thread::get_id();
        size_t last = 0;
        device->kernels(specs, [&](size_t done, size_t total) {
            EXPECT_TRUE(std::this_thread::get_id() == caller);
            EXPECT_EQ(total, 12u);
            EXPECT_GT(done, last);
            last = done;
        });
        EXPECT_EQ(last, 12u);
        device->kernels(specs, [](size_t, size_t) { ADD_FAILURE() << "nothing was left to do"; });
    });
}

TEST(KernelTest, AnExceptionOfTheCallbackStopsCleanly) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        std::vector<KernelSpec> specs;
        for (uint32_t w = 1; w <= 12; ++w)
            specs.push_back(scale_spec(w));
        EXPECT_THROW(device->kernels(specs, [](size_t, size_t) { throw std::runtime_error("stop"); }),
                     std::runtime_error);
        EXPECT_EQ(device->kernels(specs).size(), 12u);
    });
}

TEST(KernelTest, TheCallingThreadUsesTheDeviceWhileOthersCompile) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        std::vector<KernelSpec> specs;
        for (uint32_t w = 1; w <= 12; ++w)
            specs.push_back(scale_spec(w));
        const Block block = device->allocate(1024, MemoryKind::device, "meanwhile");
        const std::vector<std::byte> written(1024, std::byte{7});
        std::vector<std::byte> read(1024);
        for (int round = 0; round < 2; ++round) {  // the second time nothing is left to compile
            int calls = 0;
            const auto kernels = device->kernels(specs, {}, [&] {
                ++calls;
                device->write({&block, 0, 1024}, written);
            });
            EXPECT_EQ(calls, 1);
            EXPECT_EQ(kernels.size(), 12u);
        }
        device->read({&block, 0, 1024}, read);
        EXPECT_EQ(read, written);
    });
}

TEST(KernelTest, AnExceptionMeanwhileStopsCleanly) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        const KernelSpec spec = scale_spec(1);
        EXPECT_THROW(device->kernels(std::span(&spec, 1), {}, [] { throw std::runtime_error("stop"); }),
                     std::runtime_error);
        EXPECT_EQ(device->kernels(std::span(&spec, 1)).size(), 1u);
    });
}

std::string refusal(Device& device, const KernelSpec& spec) {
    try {
        device.kernels(std::span(&spec, 1));
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

TEST(KernelTest, AWorkgroupBeyondTheLimitIsAnErrorThatNamesTheKernel) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        const uint32_t most = device->plan().max_workgroup_invocations;
        EXPECT_EQ(refusal(*device, scale_spec(most)), "");
        const std::string why = refusal(*device, scale_spec(most + 1));
        EXPECT_THAT(why, HasSubstr(device->description()));
        EXPECT_THAT(why, HasSubstr("scale[f32,buffer]"));
        EXPECT_THAT(refusal(*device, scale_spec(0)), HasSubstr("workgroups of 0 x 1 x 1"));
        EXPECT_THAT(refusal(*device, {}), HasSubstr("without a shader"));
    });
}

TEST(KernelTest, AFailureToCompileNamesTheKernel) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        device->impl().context->vk.vkCreateComputePipelines =
            [](VkDevice, VkPipelineCache, uint32_t, const VkComputePipelineCreateInfo*,
               const VkAllocationCallbacks*, VkPipeline*) { return VK_ERROR_INVALID_SHADER_NV; };
        const std::string why = refusal(*device, scale_spec(64));
        EXPECT_THAT(why, HasSubstr("compiling kernel scale[f32,buffer](64)"));
        EXPECT_EQ(device->kernel_count(), 0u);
    });
}

TEST(KernelTest, WorkgroupSizeComesFromTheConstants) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        const Block block = device->allocate(256, MemoryKind::device, "marks");
        CommandList list = device->record();
        const Slice marks{&block, 0, 12};
        list.dispatch({kernel_of(*device, test_shaders::tile, Storage::f32, LoadPath::buffer, {0, 8, 4}),
                       std::span(&marks, 1),
                       {},
                       {1, 1, 1},
                       "test/tile",
                       0});
        list.finish();
        device->wait(device->submit(list));
        EXPECT_EQ(read_all<uint32_t>(*device, block, 0, 3), (std::vector<uint32_t>{8, 4, 2}));
    });
}

/// Returns the size of a subgroup in a pinned kernel, as its shader sees it.
uint32_t pinned_size(Device& device) {
    const KernelSpec spec{&test_shaders::subgroup, Storage::f32, LoadPath::buffer, {test_workgroup}, true};
    const Kernel* kernel = device.kernels(std::span(&spec, 1))[0];
    const Block block = device.allocate(256, MemoryKind::device, "sizes");
    std::array<uint32_t, 21> push{};
    push[20] = test_workgroup;
    CommandList list = device.record();
    const Slice sizes{&block, 0, 256};
    list.dispatch(
        {kernel, std::span(&sizes, 1), std::as_bytes(std::span(push)), {1, 1, 1}, "test/subgroup", 0});
    list.finish();
    device.wait(device.submit(list));
    const auto all = read_all<uint32_t>(device, block, 0, test_workgroup);
    EXPECT_EQ(all, std::vector<uint32_t>(test_workgroup, all[0]));
    return all[0];
}

TEST(KernelTest, APinnedKernelRunsWithThePlansSubgroups) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        EXPECT_EQ(pinned_size(*device), device->plan().subgroup_size);
    });
}

TEST(KernelTest, ARequiredSubgroupSizeIsPassedOn) {
    on_every_device([](uint32_t index) {
        const DeviceSnapshot& s = test_instance()->devices()[index];
        if (!s.subgroup.size_control) return;
        for (uint32_t size = s.subgroup.min_size; size <= s.subgroup.max_size; size *= 2) {
            DevicePlan plan = plan_device(s, known_quirks());
            plan.subgroup_size = plan.required_subgroup_size = size;
            if (s.has("VK_EXT_subgroup_size_control"))
                plan.extensions.push_back("VK_EXT_subgroup_size_control");
            const auto device = test_instance()->open_planned(index, plan);
            EXPECT_EQ(pinned_size(*device), size);
        }
    });
}

TEST(KernelTest, APinnedWorkgroupMustHoldWholeSubgroups) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        if (device->plan().subgroup_size == 1) return;
        KernelSpec spec = scale_spec(device->plan().subgroup_size + 1);
        spec.pin_subgroup = true;
        EXPECT_THAT(refusal(*device, spec), HasSubstr("no multiple of it"));
    });
}

TEST(KernelTest, StatisticsAreEmptyUnlessPlanned) {
    on_every_device([](uint32_t index) {
        const auto device = test_instance()->open(index);
        EXPECT_TRUE(device->statistics(*kernel_of(*device, test_shaders::scale)).empty());
    });
}

}  // namespace
}  // namespace vkm::engine
