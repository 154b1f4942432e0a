#include <bench/clocks.h>
#include <support/temporary_folder.h>

#include <gtest/gtest.h>

#include <fstream>

namespace vkm::bench {
namespace {

namespace fs = std::filesystem;

class ClocksTest : public testing::Test {
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

TEST_F(ClocksTest, AmdsDriverMarksTheRateInUse) {
    EXPECT_EQ(marked_rate("0: 500Mhz\n1: 2225Mhz *\n2: 2575Mhz\n"), 2225);
    EXPECT_EQ(marked_rate("0: 500Mhz *\n1: 2225Mhz\n"), 500);
    EXPECT_EQ(marked_rate("0: 500Mhz\n"), 0);
    EXPECT_EQ(marked_rate(""), 0);
    card("card0", "0x1002", "0x73bf");
    card("card0-HDMI-A-1", "0x1002", "0x73bf");
    write("sys/class/drm/card0/device/pp_dpm_sclk", "0: 500Mhz\n1: 2225Mhz *\n");
    write("sys/class/drm/card0/device/pp_dpm_mclk", "0: 96Mhz\n1: 1000Mhz *\n");
    const auto clocks = read_clocks(0x1002, 0x73bf, false, root_);
    ASSERT_TRUE(clocks);
    EXPECT_EQ(clocks->core, 2225);
    EXPECT_EQ(clocks->memory, 1000);
    EXPECT_FALSE(read_clocks(0x1002, 0x1234, false, root_)) << "that is another device";
}

TEST_F(ClocksTest, IntelsDriversTellTheirRate) {
    card("card1", "0x8086", "0x56a5");
    write("sys/class/drm/card1/gt_act_freq_mhz", "2450\n");
    EXPECT_EQ(read_clocks(0x8086, 0x56a5, false, root_)->core, 2450);
}

TEST_F(ClocksTest, OfTwoEqualCardsWithOtherClocksNobodyKnowsWhichIsMeant) {
    for (const char* name : {"card0", "card1"}) {
        card(name, "0x8086", "0x56a5");
        write(std::string("sys/class/drm/") + name + "/gt_act_freq_mhz", name[4] == '0' ? "600\n" : "2450\n");
    }
    EXPECT_FALSE(read_clocks(0x8086, 0x56a5, false, root_));
}

TEST_F(ClocksTest, ASoftwareDeviceHasTheProcessors) {
    write("proc/cpuinfo", "processor\t: 0\ncpu MHz\t\t: 2095.998\nprocessor\t: 1\ncpu MHz\t\t: 3100.0\n");
    EXPECT_EQ(read_clocks(0x10005, 0, true, root_)->core, 3100);
}

TEST_F(ClocksTest, WhereNothingTellsThereIsNone) {
    EXPECT_FALSE(read_clocks(0x1002, 0x73bf, false, root_));
    EXPECT_FALSE(read_clocks(0x13b5, 1, false, root_));
    EXPECT_FALSE(read_clocks(0x10005, 0, true, root_));
}

}  // namespace
}  // namespace vkm::bench
