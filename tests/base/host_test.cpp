#include <base/host.h>
#include <support/temporary_folder.h>

#include <gtest/gtest.h>

#include <fstream>

namespace vkm {
namespace {

class HostTest : public testing::Test {
  protected:
    void write(const std::string& path, const std::string& text) {
        std::filesystem::create_directories((root_.path() / path).parent_path());
        std::ofstream(root_.path() / path) << text;
    }
    void supply(const std::string& name, const std::string& type, const std::string& online = "") {
        write("sys/class/power_supply/" + name + "/type", type + "\n");
        if (!online.empty()) write("sys/class/power_supply/" + name + "/online", online + "\n");
    }

    test::TemporaryFolder root_;
};

TEST_F(HostTest, ALaptopRunsOnItsBatteryWhereNothingElseFeedsIt) {
    supply("BAT0", "Battery");
    supply("AC", "Mains", "0");
    EXPECT_EQ(host_power(root_.path()), "battery");
    supply("ucsi-1", "USB", "1");
    EXPECT_EQ(host_power(root_.path()), "mains");
}

TEST_F(HostTest, AMousesBatteryFeedsTheMouse) {
    supply("hid-battery", "Battery");
    write("sys/class/power_supply/hid-battery/scope", "Device\n");
    EXPECT_EQ(host_power(root_.path()), "");
}

TEST_F(HostTest, SaysNothingWhereTheSystemDoesNot) {
    EXPECT_EQ(host_power(root_.path()), "");
    EXPECT_EQ(host_governor(root_.path()), "");
    write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n");
    EXPECT_EQ(host_governor(root_.path()), "performance");
}

}  // namespace
}  // namespace vkm
