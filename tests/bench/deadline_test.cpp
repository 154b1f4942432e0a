#include <bench/deadline.h>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <thread>

namespace vkm::bench {
namespace {

const std::atomic<bool> no_interrupt = false;

/// Works for ten seconds, far longer than the deadline allows.
[[noreturn]] void outlast(double seconds) {
    const Deadline deadline(seconds, no_interrupt, [] {
        std::fprintf(stderr, "last words");
        return 3;
    });
    std::this_thread::sleep_for(std::chrono::seconds(10));
    std::_Exit(0);
}

TEST(DeadlineDeathTest, EndsTheProgramWhereItIsOver) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(outlast(0.01), testing::ExitedWithCode(3), "last words");
}

TEST(DeadlineDeathTest, EndsTheProgramAtOnceWhereItWasOverBeforeItBegan) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(outlast(0), testing::ExitedWithCode(3), "last words");
    EXPECT_EXIT(outlast(-20), testing::ExitedWithCode(3), "last words");
}

TEST(DeadlineTest, LeavesAProgramAloneThatHasNone) {
    const Deadline deadline(Deadline::never, no_interrupt, [] { return 3; });
    std::this_thread::sleep_for(std::chrono::milliseconds(120));
}

}  // namespace
}  // namespace vkm::bench
