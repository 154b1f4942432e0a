#include "cli/standard_output.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>

namespace vkm::apps {

void prepare_standard_streams() {
    std::signal(SIGPIPE, SIG_IGN);
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        while (fcntl(stream, F_GETFD) == -1 && errno == EBADF)
            // Read-only, so that writing fails as it would have. The lowest number that is free is taken.
            if (open("/dev/null", O_RDONLY) == -1) break;
}

std::optional<size_t> terminal_columns() {
    constexpr size_t usual = 80;
    if (isatty(STDOUT_FILENO) != 1) return {};
    winsize size{};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual;
}

Error unwritten_output(int error) {
    return Error("the results could not be written to stdout{}{}: free some space, or send them elsewhere",
                 error == 0 ? "" : ", ", error == 0 ? "" : std::strerror(error));
}

void finish_standard_output() {
    errno = 0;
    std::cout.flush();  // CLI11 prints its help there
    if (std::fflush(stdout) == 0 && !std::ferror(stdout)) return;
    throw unwritten_output(errno);
}

}  // namespace vkm::apps
