#include <base/align.h>

#include <gtest/gtest.h>

#include <cstdint>

namespace vkm {
namespace {

TEST(AlignTest, DividesUp) {
    EXPECT_EQ(divide_up(0, 4), 0);
    EXPECT_EQ(divide_up(1, 4), 1);
    EXPECT_EQ(divide_up(4, 4), 1);
    EXPECT_EQ(divide_up(5, 4), 2);
}

TEST(AlignTest, AlignsUpToMultiplesThatAreNoPowersOfTwo) {
    EXPECT_EQ(align_up(0, 12), 0);
    EXPECT_EQ(align_up(24, 12), 24);
    EXPECT_EQ(align_up(25, 12), 36);
}

TEST(AlignTest, KeepsTheTypeOfWhatIsAligned) {
    constexpr uint64_t five_gib = uint64_t{5} << 30;
    EXPECT_EQ(align_up(five_gib + 1, 256), five_gib + 256);
    static_assert(std::is_same_v<decltype(align_up(uint64_t{1}, 16)), uint64_t>);
}

}  // namespace
}  // namespace vkm
