#include <base/child_process.h>

#include <gtest/gtest.h>

#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace vkm {
namespace {

TEST(ChildProcessTest, ReturnsWhatTheWorkDoes) {
    int here = 1;
    EXPECT_EQ(in_child_process([&] {
                  here = 2;
                  return std::string(100'000, 'x');
              }),
              std::string(100'000, 'x'));
    EXPECT_EQ(here, 1) << "the child is another process";
    EXPECT_EQ(in_child_process([] { return std::string(); }), "");
}

TEST(ChildProcessTest, ReturnsNothingWhereTheWorkFails) {
    EXPECT_EQ(in_child_process([]() -> std::string { throw std::runtime_error("no"); }), std::nullopt);
    EXPECT_EQ(in_child_process([]() -> std::string {
                  std::raise(SIGSEGV);
                  return "not reached";
              }),
              std::nullopt);
    EXPECT_EQ(in_child_process([] { return std::string(100, 'x'); }, {.result_bytes = 99}), std::nullopt);
}

TEST(ChildProcessTest, LimitsTime) {
    EXPECT_EQ(in_child_process(
                  []() -> std::string {
                      const volatile bool forever = true;
                      while (forever) {
                      }
                      return {};
                  },
                  {.seconds = 1}),
              std::nullopt);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(ChildProcessTest, LimitsMemory) {
    const auto limit = in_child_process([] {
        rlimit now{};
        getrlimit(RLIMIT_AS, &now);
        return std::string(now.rlim_cur == RLIM_INFINITY ? "none" : "some");
    });
    if (limit == "none")
        GTEST_SKIP() << "this system limits no process's memory: QEMU's programs share its own";
    EXPECT_EQ(
        in_child_process([] { return std::string(std::malloc(size_t{1} << 32) ? "given" : "refused"); }),
        "refused");
}
#endif

}  // namespace
}  // namespace vkm
