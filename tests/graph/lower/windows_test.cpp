#include <graph/lower/windows.h>

#include <gtest/gtest.h>

namespace vkm::graph {
namespace {

std::vector<Window> cut(int64_t count, std::vector<int64_t> unit_bytes, int64_t window, int64_t alignment) {
    return cut_windows(count, unit_bytes, window, alignment);
}

TEST(WindowsTest, OneWindowWhereEverythingFits) {
    const std::vector<Window> windows = cut(7, {100, 30}, 700, 16);
    ASSERT_EQ(windows.size(), 1u);
    EXPECT_EQ(windows[0].count, 7);
}

TEST(WindowsTest, WindowsTileTheBatchWithinTheRangeAndTheAlignment) {
    for (const int64_t count : {1, 2, 13, 97, 256})
        for (const int64_t bytes : {48, 80, 272, 1000})
            for (const int64_t alignment : {4, 16, 256}) {
                const int64_t window = 1 << 16;
                int64_t next = 0;
                for (const Window& w : cut(count, {bytes, 16}, window, alignment)) {
                    EXPECT_EQ(w.first, next);
                    EXPECT_EQ(w.first * bytes % alignment, 0);
                    EXPECT_EQ(w.first * 16 % alignment, 0);
                    EXPECT_LE(w.count * bytes, window);
                    EXPECT_GT(w.count, 0);
                    next = w.first + w.count;
                }
                EXPECT_EQ(next, count);
            }
}

TEST(WindowsTest, WindowsAreAsEqualAsTheAlignmentAllows) {
    const std::vector<Window> windows = cut(10, {16}, 96, 16);
    ASSERT_EQ(windows.size(), 2u);
    EXPECT_EQ(windows[0].count, 5);
    EXPECT_EQ(windows[1].count, 5);
}

TEST(WindowsTest, AUnitThatCannotFitIsAnError) {
    EXPECT_THROW(cut(2, {2048}, 1024, 16), ShapeError);
}

}  // namespace
}  // namespace vkm::graph
