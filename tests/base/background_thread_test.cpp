#include <base/background_thread.h>

#include <gtest/gtest.h>

#include <thread>

#if defined(__linux__)
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vkm {
namespace {

int priority() {
    return ::getpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)));
}

TEST(BackgroundThreadTest, ItsOwnThreadsAreInTheBackgroundToo) {
    const int usual = priority();
    int own = 0, started = 0;
    std::thread([&] {
        work_in_background();
        own = priority();
        std::thread([&] { started = priority(); }).join();
    }).join();
    EXPECT_EQ(own, std::max(usual, 10));
    EXPECT_EQ(started, own);
    EXPECT_EQ(priority(), usual);
}

}  // namespace
}  // namespace vkm
#endif
