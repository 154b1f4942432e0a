#include <engine/plan/quirks.h>
#include <engine/plan/vulkan_ids.h>

#include <gtest/gtest.h>
#include <support/devices.h>

#include <functional>

namespace vkm::engine {
namespace {

DeviceSnapshot nvidia_device(std::string name, uint32_t driver_version) {
    DeviceSnapshot device;
    device.name = std::move(name);
    device.vendor_id = vendor::nvidia;
    device.driver_id = driver::nvidia_proprietary;
    device.driver_version = driver_version;
    return device;
}

bool disabled(Disable what, const DeviceSnapshot& device) {
    return std::ranges::any_of(
        known_quirks(), [&](const Quirk& quirk) { return quirk.disable == what && applies(quirk, device); });
}

TEST(QuirksTest, EveryRowSaysWhyAndFromWhere) {
    for (const Quirk& quirk : known_quirks()) {
        EXPECT_NE(quirk.vendor_id, 0u) << quirk.why;
        EXPECT_FALSE(quirk.why.empty());
        EXPECT_FALSE(quirk.source.empty()) << quirk.why;
        EXPECT_FALSE(name(quirk.disable).empty());
        EXPECT_TRUE(quirk.max_driver_version == 0 || quirk.max_driver_version > quirk.min_driver_version)
            << quirk.why;
        // Version numbers mean nothing without the driver that counts them.
        EXPECT_TRUE(quirk.driver_id != 0 || (quirk.min_driver_version == 0 && quirk.max_driver_version == 0))
            << quirk.why;
    }
}

TEST(QuirksTest, NoRowIsThereTwice) {
    const auto rows = known_quirks();
    for (size_t i = 0; i < rows.size(); ++i) {
        for (size_t j = i + 1; j < rows.size(); ++j)
            EXPECT_NE(rows[i], rows[j]) << rows[i].why;
    }
}

TEST(QuirksTest, VersionRangeIncludesItsFirstAndExcludesItsLast) {
    const Quirk quirk{.vendor_id = vendor::nvidia, .min_driver_version = 100, .max_driver_version = 200};
    for (const auto& [version, expected] :
         {std::pair(99u, false), {100u, true}, {199u, true}, {200u, false}}) {
        EXPECT_EQ(applies(quirk, nvidia_device("", version)), expected) << version;
    }
}

TEST(QuirksTest, AnOpenRangeHasNoEnd) {
    const Quirk from{.vendor_id = vendor::nvidia, .min_driver_version = 100};
    EXPECT_FALSE(applies(from, nvidia_device("", 99)));
    EXPECT_TRUE(applies(from, nvidia_device("", ~0u)));
    const Quirk until{.vendor_id = vendor::nvidia, .max_driver_version = 100};
    EXPECT_TRUE(applies(until, nvidia_device("", 0)));
    EXPECT_FALSE(applies(until, nvidia_device("", 100)));
}

TEST(QuirksTest, EveryConditionMustHold) {
    DeviceSnapshot device = nvidia_device("NVIDIA GeForce RTX 4090", 5);
    device.subgroup.min_size = 32;
    device.processors.subgroups = 48;
    device.device_id = 0x21000001;
    device.driver_info = "550.144.03";
    const Quirk matching{.vendor_id = vendor::nvidia,
                         .driver_id = driver::nvidia_proprietary,
                         .min_driver_version = 5,
                         .max_driver_version = 6,
                         .min_subgroup_size = 32,
                         .subgroups_a_processor = 48,
                         .device_family = 0x21,
                         .without_packed_dot_product = true,
                         .name_contains = "RTX 40",
                         .driver_info_begins = "550."};
    EXPECT_TRUE(applies(Quirk{}, device));
    EXPECT_TRUE(applies(matching, device));
    const std::function<void(Quirk&)> spoil[] = {
        [](Quirk& quirk) { quirk.vendor_id = vendor::amd; },
        [](Quirk& quirk) { quirk.driver_id = driver::mesa_llvmpipe; },
        [](Quirk& quirk) { quirk.min_driver_version = 6; },
        [](Quirk& quirk) { quirk.max_driver_version = 5; },
        [](Quirk& quirk) { quirk.min_subgroup_size = 16; },
        [](Quirk& quirk) { quirk.subgroups_a_processor = 32; },
        [](Quirk& quirk) { quirk.device_family = 0x22; },
        [](Quirk& quirk) { quirk.name_contains = "RTX 20"; },
        [](Quirk& quirk) { quirk.driver_info_begins = "144."; },
    };
    for (const auto& change : spoil) {
        Quirk quirk = matching;
        change(quirk);
        EXPECT_FALSE(applies(quirk, device));
    }
    device.features.packed_dot_product = true;
    EXPECT_FALSE(applies(matching, device));
}

TEST(QuirksTest, ADriverThatDoesNotNameItselfMayBeAnyOfItsVendor) {
    DeviceSnapshot device = nvidia_device("", nvidia_version(595, 58));
    device.driver_id = 0;
    EXPECT_TRUE(applies({.vendor_id = vendor::nvidia, .driver_id = driver::nvidia_proprietary}, device));
    EXPECT_FALSE(applies({.vendor_id = vendor::amd, .driver_id = driver::nvidia_proprietary}, device));
    EXPECT_FALSE(disabled(Disable::cooperative_matrix, device)) << "a range of versions of nobody knows whom";
}

TEST(QuirksTest, NvidiasCrashingBranchIsBoundedOnBothSides) {
    const std::string name = "NVIDIA GeForce RTX 5080";
    EXPECT_FALSE(disabled(Disable::cooperative_matrix, nvidia_device(name, nvidia_version(595, 57, 255))));
    EXPECT_TRUE(disabled(Disable::cooperative_matrix, nvidia_device(name, nvidia_version(595, 58))));
    EXPECT_TRUE(disabled(Disable::cooperative_matrix, nvidia_device(name, nvidia_version(595, 255))));
    EXPECT_FALSE(disabled(Disable::cooperative_matrix, nvidia_device(name, nvidia_version(596, 0))));
}

TEST(QuirksTest, TuringLosesCooperativeMatricesWhateverItsName) {
    for (const char* turing : {"nvidia-t4-linux", "nvidia-cmp40hx-win"})
        EXPECT_TRUE(disabled(Disable::cooperative_matrix, captured_device(turing))) << turing;
    for (const char* other : {"nvidia-rtx2050-win", "nvidia-a100-linux", "nvidia-l4-linux"})
        EXPECT_FALSE(disabled(Disable::cooperative_matrix, captured_device(other))) << other;
    DeviceSnapshot device = nvidia_device("NVIDIA T1000", 1);
    device.processors.subgroups = 32;
    EXPECT_TRUE(disabled(Disable::cooperative_matrix, device));
}

TEST(QuirksTest, AmdsMatrixUnitsAreThoseOfRdna3AndLater) {
    for (const char* older : {"amd-raphael-linux", "amd-rembrandt-win", "amd-w5700-win"})
        EXPECT_TRUE(disabled(Disable::cooperative_matrix, captured_device(older))) << older;
    for (const char* newer : {"amd-780m-win", "amd-rx7900xtx-win", "radv-gfx1201-mesa26"})
        EXPECT_FALSE(disabled(Disable::cooperative_matrix, captured_device(newer))) << newer;
}

TEST(QuirksTest, AdrenosOfThe6xxAreKnownByTheirId) {
    DeviceSnapshot device =
        captured_device("qualcomm-adreno650-v502");  // of a driver that does not name itself
    EXPECT_TRUE(disabled(Disable::fp16_arithmetic, device));
    device.name = "Qualcomm(R) Adreno(TM) 690 GPU";  // as on Windows
    EXPECT_TRUE(disabled(Disable::fp16_arithmetic, device));
    EXPECT_FALSE(disabled(Disable::fp16_arithmetic, captured_device("qualcomm-adreno740")));
    EXPECT_FALSE(disabled(Disable::fp16_arithmetic, captured_device("adreno-660"))) << "Turnip's";
}

TEST(QuirksTest, IntelsGenerationsAreToldApartByTheirSmallestSubgroup) {
    DeviceSnapshot device = captured_device("intel-dg2");
    EXPECT_TRUE(disabled(Disable::cooperative_matrix, device));
    device.subgroup.min_size = 16;
    EXPECT_FALSE(disabled(Disable::cooperative_matrix, device));
}

TEST(QuirksTest, MaliG52KeepsItsSubmitsShort) {
    EXPECT_TRUE(disabled(Disable::long_submits, captured_device("mali-7212")));
    EXPECT_FALSE(disabled(Disable::long_submits, captured_device("mali-a867")));
}

TEST(QuirksTest, SoftwareDriversHaveNone) {
    for (const char* device : {"lavapipe-mesa22", "lavapipe-mesa25", "swiftshader"}) {
        for (const Quirk& quirk : known_quirks())
            EXPECT_FALSE(applies(quirk, captured_device(device))) << quirk.why;
    }
}

#ifdef __aarch64__
TEST(QuirksTest, Mesa22sLavapipeHasNoHalvesOnArm) {
    DeviceSnapshot device;
    device.vendor_id = vendor::mesa;
    device.driver_id = driver::mesa_llvmpipe;
    device.driver_info = "Mesa 22.3.6 (LLVM 15.0.6)";
    EXPECT_TRUE(disabled(Disable::fp16_storage, device));
    device.driver_info = "Mesa 25.0.7-2~bpo12+1 (LLVM 15.0.6)";
    EXPECT_FALSE(disabled(Disable::fp16_storage, device));
}
#endif

}  // namespace
}  // namespace vkm::engine
