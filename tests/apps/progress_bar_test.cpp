#include "cli/progress_bar.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>

namespace vkm::apps {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const ProgressState half{"epoch 3/100", 50, 100, 30, "loss 1.234"};

std::string available(int descriptor) {
    ::fcntl(descriptor, F_SETFL, O_NONBLOCK);
    std::array<char, 4096> buffer;
    const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
    return got > 0 ? std::string(buffer.data(), static_cast<size_t>(got)) : "";
}

/// Opens a terminal of 60 columns: what is written to `slave` is read from `master`.
struct Terminal {
    Terminal() : master(::posix_openpt(O_RDWR | O_NOCTTY)) {
        if (master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0) return;
        slave = ::open(::ptsname(master), O_RDWR | O_NOCTTY);
        const winsize size{.ws_row = 24, .ws_col = 60, .ws_xpixel = 0, .ws_ypixel = 0};
        ::ioctl(slave, TIOCSWINSZ, &size);
    }
    ~Terminal() {
        if (slave >= 0) ::close(slave);
        if (master >= 0) ::close(master);
    }
    int master, slave = -1;
};

TEST(ProgressTest, ShowsLabelBarCountDetailsAndTimeLeft) {
    EXPECT_EQ(progress_line(half, 100),
              "epoch 3/100  [############............]  50/100  loss 1.234  0:30 left");
    EXPECT_THAT(progress_line({"x", 1, 1001, 5, ""}, 100), HasSubstr("1:23:20 left"));
    EXPECT_THAT(progress_line({"x", 1, 3, 5, "", "run 0:20 left"}, 100),
                HasSubstr("0:10 left  run 0:20 left"));
    EXPECT_EQ(progress_line({"x", 4, 4, 1, ""}, 100), "x  [########################]  4/4");
    EXPECT_EQ(progress_line({"x", 0, 4, 0, ""}, 100), "x  [........................]  0/4");
    EXPECT_EQ(progress_line({"x", 0, 0, 0, ""}, 100), "x  [########################]  0/0");
    EXPECT_EQ(progress_line({"kernels checked", 7, {}, 5, ""}, 100), "kernels checked  7");
}

TEST(ProgressTest, LeavesOutTheBarThenCuts) {
    EXPECT_EQ(progress_line(half, 45), "epoch 3/100  50/100  loss 1.234  0:30 left");
    EXPECT_EQ(progress_line(half, 10), "epoch 3/10");
    EXPECT_EQ(progress_line(half, 0), "");
}

TEST(ProgressTest, RedrawsInPlaceOnATerminal) {
    const Terminal terminal;
    if (terminal.slave < 0) GTEST_SKIP() << "no pseudo-terminal on this system";
    {
        ProgressBar bar("epoch 1/2", 10, {.descriptor = terminal.slave});
        bar.update(1, "loss 2");
        EXPECT_THAT(available(terminal.master), AllOf(HasSubstr("\repoch 1/2"), HasSubstr("1/10"),
                                                      HasSubstr("\x1b[K"), Not(HasSubstr("\n"))));
        bar.update(2, "loss 2");  // too soon
        EXPECT_EQ(available(terminal.master), "");
        bar.update(10, "loss 1");  // the last is always drawn
        EXPECT_THAT(available(terminal.master), HasSubstr("10/10"));
        bar.clear();
        EXPECT_EQ(available(terminal.master), "\r\x1b[K");
        bar.clear();
        EXPECT_EQ(available(terminal.master), "");
        bar.update(10, std::string(200, 'x'));
        EXPECT_LE(available(terminal.master).size(), 60u + 3);  // 59 columns, "\r" and "\x1b[K"
    }
    EXPECT_EQ(available(terminal.master), "\r\x1b[K");
}

TEST(ProgressTest, SaysNothingWhereItIsToBeQuietOrWhatItShowsIsQuick) {
    const Terminal terminal;
    if (terminal.slave < 0) GTEST_SKIP() << "no pseudo-terminal on this system";
    for (const ProgressBar::Options& options :
         {ProgressBar::Options{.quiet = true, .descriptor = terminal.slave},
          ProgressBar::Options{.delay = std::chrono::hours(1), .descriptor = terminal.slave}}) {
        ProgressBar bar("x", 2, options);
        bar.update(1);
        bar.update(2);
    }
    EXPECT_EQ(available(terminal.master), "");
}

TEST(ProgressTest, SaysNothingElsewhere) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    {
        ProgressBar bar("epoch 1/2", 10, {.descriptor = ends[1]});
        bar.update(1, "loss 2");
        bar.update(10, "loss 1");
        bar.clear();
    }
    EXPECT_EQ(available(ends[0]), "");
    ::close(ends[0]);
    ::close(ends[1]);
}

}  // namespace
}  // namespace vkm::apps
