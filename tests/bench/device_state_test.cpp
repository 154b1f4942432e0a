#include <bench/state_watch.h>
#include <support/temporary_folder.h>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace vkm::bench {
namespace {

namespace fs = std::filesystem;

class DeviceStateTest : public testing::Test {
  protected:
    void write(const std::string& path, const std::string& text) {
        fs::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path) << text;
    }
    void card(const std::string& name, const std::string& vendor, const std::string& device) {
        write("sys/class/drm/" + name + "/device/vendor", vendor + "\n");
        write("sys/class/drm/" + name + "/device/device", device + "\n");
    }
    test::TemporaryFolder folder_;
    fs::path root_ = folder_.path();
};

TEST_F(DeviceStateTest, AmdsDriverMarksTheRateInUse) {
    EXPECT_EQ(marked_rate("0: 500Mhz\n1: 2225Mhz *\n2: 2575Mhz\n"), 2225);
    EXPECT_EQ(marked_rate("0: 500Mhz *\n1: 2225Mhz\n"), 500);
    EXPECT_EQ(marked_rate("0: 500Mhz\n"), 0);
    EXPECT_EQ(marked_rate(""), 0);
    card("card0", "0x1002", "0x73bf");
    card("card0-HDMI-A-1", "0x1002", "0x73bf");
    write("sys/class/drm/card0/device/pp_dpm_sclk", "0: 500Mhz\n1: 2225Mhz *\n");
    write("sys/class/drm/card0/device/pp_dpm_mclk", "0: 96Mhz\n1: 1000Mhz *\n");
    const auto state = read_state(0x1002, 0x73bf, false, root_);
    ASSERT_TRUE(state);
    EXPECT_EQ(state->core_mhz, 2225);
    EXPECT_EQ(state->memory_mhz, 1000);
    EXPECT_FALSE(read_state(0x1002, 0x1234, false, root_)) << "that is another device";
}

TEST_F(DeviceStateTest, IntelsDriversTellTheirRate) {
    card("card1", "0x8086", "0x56a5");
    write("sys/class/drm/card1/gt_act_freq_mhz", "2450\n");
    EXPECT_EQ(read_state(0x8086, 0x56a5, false, root_)->core_mhz, 2450);
}

TEST_F(DeviceStateTest, OfTwoEqualCardsWithOtherClocksNobodyKnowsWhichIsMeant) {
    for (const char* name : {"card0", "card1"}) {
        card(name, "0x8086", "0x56a5");
        write(std::string("sys/class/drm/") + name + "/gt_act_freq_mhz", name[4] == '0' ? "600\n" : "2450\n");
    }
    EXPECT_FALSE(read_state(0x8086, 0x56a5, false, root_));
}

TEST_F(DeviceStateTest, ASoftwareDeviceHasTheProcessors) {
    write("proc/cpuinfo", "processor\t: 0\ncpu MHz\t\t: 2095.998\nprocessor\t: 1\ncpu MHz\t\t: 3100.0\n");
    EXPECT_EQ(read_state(0x10005, 0, true, root_)->core_mhz, 3100);
}

TEST_F(DeviceStateTest, AmdsDriverTellsTheTemperature) {
    card("card0", "0x1002", "0x73bf");
    write("sys/class/drm/card0/device/pp_dpm_sclk", "0: 500Mhz *\n");
    write("sys/class/drm/card0/device/hwmon/hwmon3/temp1_input", "63500\n");
    EXPECT_EQ(read_state(0x1002, 0x73bf, false, root_)->temperature, 63.5);
}

TEST_F(DeviceStateTest, IntelsDriverSaysWhatHoldsItsClocksDown) {
    card("card0", "0x8086", "0x56a5");
    write("sys/class/drm/card0/gt_act_freq_mhz", "600\n");
    write("sys/class/drm/card0/gt/gt0/throttle_reason_pl1", "1\n");
    write("sys/class/drm/card0/gt/gt0/throttle_reason_thermal", "0\n");
    const auto state = read_state(0x8086, 0x56a5, false, root_);
    EXPECT_TRUE(state->held_by_power);
    EXPECT_FALSE(state->held_by_heat);
}

TEST_F(DeviceStateTest, NvidiasProgramTellsAllOfIt) {
    const auto state = state_of_nvidia("0x233510DE, 1980, 2619, 41, 0x0000000000000020", 0x2335);
    ASSERT_TRUE(state);
    EXPECT_EQ(state->core_mhz, 1980);
    EXPECT_EQ(state->memory_mhz, 2619);
    EXPECT_EQ(state->temperature, 41);
    EXPECT_TRUE(state->held_by_heat);
    EXPECT_FALSE(state->held_by_power);
    EXPECT_FALSE(state_of_nvidia("0x233510DE, 1980, 2619, 41, 0x0", 0x2336)) << "that is another device";
    EXPECT_EQ(state_of_nvidia("0x1EB810DE, 300, 405, [N/A], [N/A]", 0x1eb8)->temperature, 0);
    EXPECT_FALSE(state_of_nvidia("NVIDIA-SMI has failed", 0x2335));
}

TEST_F(DeviceStateTest, IsSaidInALineAndInAResult) {
    const StateWatch::Seen seen{
        {.core_mhz = 1500, .memory_mhz = 1200, .temperature = 41},
        {.core_mhz = 1980, .memory_mhz = 2619, .temperature = 63, .held_by_heat = true}};
    EXPECT_EQ(in_words(seen), "1500 to 1980 MHz, memory 1200 to 2619 MHz, 41 to 63 °C, held down by heat");
    EXPECT_EQ(to_json(seen), nlohmann::json::parse(R"({
        "clocks": {"core_least_mhz": 1500.0, "core_most_mhz": 1980.0, "memory_least_mhz": 1200.0, "memory_most_mhz": 2619.0},
        "temperature": {"least_c": 41.0, "most_c": 63.0}, "held_by": ["heat"]})"));
    EXPECT_EQ(in_words({{.core_mhz = 800}, {.core_mhz = 800}}), "800 MHz");
    EXPECT_EQ(to_json(StateWatch::Seen{}), nlohmann::json::object());
}

TEST_F(DeviceStateTest, WhatIsNotKnownAtATimeIsNoLeast) {
    const DeviceState whole{.core_mhz = 1500, .memory_mhz = 1200, .temperature = 41};
    EXPECT_EQ(in_words(seen_with({whole, whole}, {.core_mhz = 1980})),
              "1500 to 1980 MHz, memory 1200 MHz, 41 °C");
    const DeviceState core{.core_mhz = 800};
    EXPECT_EQ(in_words(seen_with({core, core}, whole)), "800 to 1500 MHz, memory 1200 MHz, 41 °C");
}

TEST_F(DeviceStateTest, WhereNothingTellsThereIsNone) {
    EXPECT_FALSE(read_state(0x1002, 0x73bf, false, root_));
    EXPECT_FALSE(read_state(0x13b5, 1, false, root_));
    EXPECT_FALSE(read_state(0x10005, 0, true, root_));
}

}  // namespace
}  // namespace vkm::bench
