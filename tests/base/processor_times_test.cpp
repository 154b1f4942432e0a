#include <base/processor_times.h>
#include <support/temporary_folder.h>

#include <gtest/gtest.h>

#include <fstream>

namespace vkm {
namespace {

TEST(ProcessorTimesTest, CountWhatThisProcessDoes) {
    const std::optional<ProcessorTimes> before = processor_times();
    if (!before) GTEST_SKIP() << "this system does not count";
    // The system counts in ticks of a hundredth of a second.
    volatile uint64_t sum = 0;
    std::optional<ProcessorTimes> after;
    do {
        for (uint64_t i = 0; i < 10'000'000; ++i)
            sum = sum + i;
        after = processor_times();
    } while (after && after->mine < before->mine + 0.1);
    ASSERT_TRUE(after);
    EXPECT_GT(after->busy, before->busy);
    // Equal but for rounding where every processor is busy all the time.
    EXPECT_GE(after->all - before->all + 1e-6, after->busy - before->busy);
}

#if defined(__linux__)
TEST(ProcessorTimesTest, AreThoseOfProcStat) {
    const test::TemporaryFolder root;
    std::filesystem::create_directories(root.path() / "proc");
    std::ofstream(root.path() / "proc/stat") << "cpu  100 20 30 4000 50 6 7 80 9 10\ncpu0 1 2 3\n";
    const std::optional<ProcessorTimes> times = processor_times(root.path());
    ASSERT_TRUE(times);
    // Whatever a tick is.
    EXPECT_NEAR(times->busy / times->all, 163.0 / 4293, 1e-9);
    EXPECT_NEAR(times->stolen / times->all, 80.0 / 4293, 1e-9);
}

TEST(ProcessorTimesTest, AreNotGuessedWhereTheSystemDoesNotCount) {
    const test::TemporaryFolder root;
    EXPECT_FALSE(processor_times(root.path()));
    std::filesystem::create_directories(root.path() / "proc");
    std::ofstream(root.path() / "proc/stat") << "cpu 1 2\n";
    EXPECT_FALSE(processor_times(root.path()));
}
#endif

}  // namespace
}  // namespace vkm
