#include <base/error.h>
#include <engine/cache/tuning_file.h>
#include <engine/plan/device_plan.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/devices.h>
#include <support/temporary_folder.h>

#include <fstream>

#include "engine/environment.h"

#include "engine/cache/cache_identity.h"

namespace vkm::engine {
namespace {

Tuning tuning() {
    return {{"depthwise tile | f32 2x7x7x96 1x3x3x96 -> 2x7x7x96", {"2x2", 1.25}},
            {"pointwise tile | f16 1x1x1x8 -> 1x1x1x8", {"shuffle 16 rows, 8 lanes", 1}}};
}

TEST(TuningFileTest, DecodesWhatItEncoded) {
    const DecodedTuning decoded = decode_tuning(identity(), encode_tuning(identity(), tuning()));
    EXPECT_EQ(decoded.refused, "");
    EXPECT_EQ(decoded.tuning, tuning());
    EXPECT_EQ(decode_tuning(identity(), encode_tuning(identity(), {})).refused, "");
}

TEST(TuningFileTest, IsReadable) {
    EXPECT_THAT(encode_tuning(identity(), tuning()),
                testing::HasSubstr("1.250 | depthwise tile | f32 2x7x7x96 1x3x3x96 -> 2x7x7x96 | 2x2\n"));
}

TEST(TuningFileTest, OfAnotherDeviceDriverOrBuildIsRefused) {
    const std::string file = encode_tuning(identity(), tuning());
    for (const auto& [other, refusal] : other_identities()) {
        const DecodedTuning decoded = decode_tuning(other, file);
        EXPECT_TRUE(decoded.tuning.empty());
        EXPECT_EQ(decoded.refused, refusal);
    }
}

TEST(TuningFileTest, EveryEditIsRefused) {
    std::string file = encode_tuning(identity(), tuning());
    for (size_t i = 0; i < file.size(); ++i) {
        file[i] ^= 1;
        const DecodedTuning decoded = decode_tuning(identity(), file);
        EXPECT_NE(decoded.refused, "") << i;
        EXPECT_TRUE(decoded.tuning.empty()) << i;
        file[i] ^= 1;
    }
    for (size_t size = 0; size < file.size(); ++size)
        EXPECT_NE(decode_tuning(identity(), file.substr(0, size)).refused, "") << size;
    EXPECT_NE(decode_tuning(identity(), file + "\n").refused, "");
}

TEST(TuningFileTest, IsKeptForItsDeviceAlone) {
    const test::TemporaryFolder folder;
    const Variable cache("VKMBV3_CACHE", (folder.path() / "cache").string());
    const DeviceSnapshot device = captured_device("lavapipe-mesa22"), other = captured_device("swiftshader");
    EXPECT_TRUE(load_tuning(device).empty());
    save_tuning(device, tuning());
    EXPECT_EQ(load_tuning(device), tuning());
    EXPECT_TRUE(load_tuning(other).empty());
    DeviceSnapshot updated = device;
    ++updated.driver_version;
    EXPECT_TRUE(load_tuning(updated).empty());
    std::ofstream(tuning_path(device), std::ios::app) << "1.000 | a | b | c\n";
    EXPECT_TRUE(load_tuning(device).empty());
}

TEST(TuningFileTest, SaysWhereItCouldBeKept) {
    const Variable cache("VKMBV3_CACHE", "/proc/nowhere");
    EXPECT_TRUE(load_tuning(captured_device("swiftshader")).empty());
    try {
        save_tuning(captured_device("swiftshader"), tuning());
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("VKMBV3_CACHE"));
    }
}

}  // namespace
}  // namespace vkm::engine
