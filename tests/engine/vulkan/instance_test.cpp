#include <engine/vulkan/device_impl.h>
#include <gmock/gmock.h>
#include <stdlib.h>
#include <support/vulkan_devices.h>

#include <filesystem>
#include <fstream>

#include "engine/environment.h"
#include "engine/test_kernels.h"

namespace vkm::engine {
namespace {

using testing::HasSubstr;

template <typename E>
std::string failure(const std::function<void()>& action) {
    try {
        action();
    } catch (const E& error) {
        return error.what();
    }
    return "";
}

TEST(InstanceTest, SnapshotsAreWhole) {
    on_every_device([](uint32_t index) {
        const DeviceSnapshot& s = test_instance()->devices()[index];
        EXPECT_FALSE(s.name.empty());
        EXPECT_GE(s.api_version, VK_API_VERSION_1_1);
        EXPECT_GE(s.limits.max_workgroup_invocations, 128u);
        EXPECT_GE(s.limits.max_push_constants_bytes, 128u);
        EXPECT_GE(s.limits.max_storage_buffer_range, 1u << 27);
        EXPECT_GT(s.limits.max_allocation_bytes, 0u);
        EXPECT_GT(s.subgroup.size, 0u);
        EXPECT_FALSE(s.memory_types.empty());
        EXPECT_FALSE(s.memory_heaps.empty());
        EXPECT_FALSE(s.queue_families.empty());
        EXPECT_FALSE(s.extensions.empty());
        EXPECT_NE(s.device_uuid, decltype(s.device_uuid){});
    });
}

TEST(InstanceTest, ADeviceThatIsNotThereIsNamed) {
    const Instance* instance = test_instance();
    if (!instance || instance->devices().empty()) GTEST_SKIP() << "no Vulkan device";
    EXPECT_THAT(failure<NoDevice>([&] { instance->open(1000); }), HasSubstr("there is no device 1000"));
}

TEST(InstanceTest, TheDefaultDeviceIsOneOfThem) {
    const Instance* instance = test_instance();
    if (!instance || instance->devices().empty()) GTEST_SKIP() << "no Vulkan device";
    EXPECT_LT(instance->default_device(), instance->devices().size());
}

TEST(InstanceTest, DevicesOutliveTheInstance) {
    if (!test_instance() || test_instance()->devices().empty()) GTEST_SKIP() << "no Vulkan device";
    std::unique_ptr<Device> device;
    {
        const Instance instance;
        device = instance.open(0);
    }
    const Block block = device->allocate(64, MemoryKind::device, "block");
    device->write({&block, 0, 4}, bytes_of(std::vector<uint32_t>{7}));
    EXPECT_EQ(read_all<uint32_t>(*device, block, 0, 1)[0], 7u);
}

TEST(InstanceTest, AFailedOpenLeavesNothingBehind) {
    on_every_device([](uint32_t index) {
        DevicePlan plan = plan_device(test_instance()->devices()[index], known_quirks());
        plan.extensions = {"VK_VKM_does_not_exist"};
        const size_t messages = test_instance()->validation_messages().size();
        const std::string why = failure<VulkanError>([&] { test_instance()->open_planned(index, plan); });
        EXPECT_THAT(why, HasSubstr("opening the device: VK_ERROR_EXTENSION_NOT_PRESENT"));
        EXPECT_EQ(test_instance()->validation_messages().size(), messages);
    });
}

// Tests with other drivers run in a process of their own: drivers read the environment when they are loaded.

void set_drivers(const char* manifest) {
    for (const char* name : {"VK_DRIVER_FILES", "VK_ADD_DRIVER_FILES", "VK_ICD_FILENAMES"})
        unsetenv(name);
    setenv("VK_ICD_FILENAMES", manifest, 1);
}

int without_a_driver() {
    set_drivers("/nonexistent.json");
    const Instance instance;
    if (!instance.devices().empty() || !instance.validation_messages().empty()) return 1;
    if (failure<NoDevice>([&] { instance.default_device(); }).find("no Vulkan device") == std::string::npos)
        return 2;
    if (failure<NoDevice>([&] { instance.open(0); }).find("no Vulkan device") == std::string::npos) return 3;
    return 0;
}

TEST(InstanceDeathTest, WithoutADriverThereIsNoDevice) {
    if (!test_instance()) GTEST_SKIP() << "no Vulkan loader";
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(_exit(without_a_driver()), testing::ExitedWithCode(0), "");
}

int with_a_broken_loader() {
    return failure<NoVulkanLoader>([] { const Instance instance; }).find("apt install libvulkan1") ==
           std::string::npos;
}

TEST(InstanceDeathTest, WithoutALoaderTheMessageSaysWhatToInstall) {
    // The death test's process starts anew, and finds this instead of the loader.
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / fmt::format("vkmbv3-no-loader-{}", getpid());
    std::filesystem::create_directories(folder);
    for (const char* name : {"libvulkan.so", "libvulkan.so.1"})
        std::ofstream(folder / name) << "not a library";
    const Variable path("LD_LIBRARY_PATH", folder.string());
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(_exit(with_a_broken_loader()), testing::ExitedWithCode(0), "");
    std::filesystem::remove_all(folder);
}

int with_a_damaged_manifest(const std::filesystem::path& manifest) {
    set_drivers(manifest.c_str());
    const std::string why = failure<VulkanError>([] { const Instance instance; });
    return why.find("`vkmbv3 doctor`") == std::string::npos || why.find("--batch-size") != std::string::npos;
}

TEST(InstanceDeathTest, OverADamagedManifestTheMessageSaysWhoNamesIt) {
    if (!test_instance()) GTEST_SKIP() << "no Vulkan loader";
    // The death test's process starts anew, and writes the same.
    const std::filesystem::path manifest =
        std::filesystem::temp_directory_path() / "vkmbv3-damaged-manifest.json";
    std::ofstream(manifest) << "{x";
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(_exit(with_a_damaged_manifest(manifest)), testing::ExitedWithCode(0), "");
    std::filesystem::remove(manifest);
}

int without_the_layer() {
    const std::string why =
        failure<Error>([] { const Instance instance(Instance::Options{.validation = true}); });
    return why.find("apt install vulkan-validationlayers") == std::string::npos;
}

TEST(InstanceDeathTest, ValidationWithoutTheLayerIsAnError) {
    if (!test_instance()) GTEST_SKIP() << "no Vulkan loader";
    const Variable path("VK_LAYER_PATH", "/nonexistent"), variable("VKMBV3_VALIDATION", "0");
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(_exit(without_the_layer()), testing::ExitedWithCode(0), "");
}

constexpr const char* radv_manifest = "/usr/share/vulkan/icd.d/radeon_icd.x86_64.json";

/// RADV's null device compiles and can do nothing else.
int on_a_null_device() {
    set_drivers(radv_manifest);
    setenv("RADV_FORCE_FAMILY", "navi21", 1);
    setenv("VKMBV3_CACHE", "", 1);
    setenv("XDG_CACHE_HOME", "", 1);
    setenv("HOME", "", 1);
    const Instance instance(Instance::Options{.validation = false});
    if (instance.devices().size() != 1) return 1;
    if (failure<NoDevice>([&] { instance.default_device(); }).find("RADV_FORCE_FAMILY") == std::string::npos)
        return 2;
    const auto device = instance.open(0, {.profile = true});
    const Kernel* kernel = kernel_of(*device, test_shaders::scale);
    const auto statistics = device->statistics(*kernel);
    const auto registers = std::ranges::find(statistics, "VGPRs", &KernelStatistic::name);
    if (registers == statistics.end() || registers->value < 1) return 3;
    if (!instance.null_device(0)) return 4;
    if (failure<UnsupportedDevice>([&] { device->record(); }).find("null device") == std::string::npos)
        return 5;
    if (failure<UnsupportedDevice>([&] {
            device->allocate(64, MemoryKind::device, "b");
        }).find("null device") == std::string::npos)
        return 6;
    return 0;
}

TEST(InstanceDeathTest, ANullDeviceCompilesAndIsNeverTheDefault) {
    if (!test_instance()) GTEST_SKIP() << "no Vulkan loader";
    if (!std::filesystem::exists(radv_manifest)) GTEST_SKIP() << "RADV is not installed";
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(_exit(on_a_null_device()), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace vkm::engine
