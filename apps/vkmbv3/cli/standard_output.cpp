#include "cli/standard_output.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>

namespace vkm::apps {

Error unwritten_output(int error) {
    const char* const advice = error == EPIPE ? "what reads them ended before they were written"
                                              : "free some space, or send them elsewhere";
    return Error("the results could not be written to stdout{}{}: {}", error == 0 ? "" : ", ",
                 error == 0 ? "" : std::strerror(error), advice);
}

void finish_standard_output() {
    errno = 0;
    std::cout.flush();  // CLI11 prints its help there
    if (std::fflush(stdout) == 0 && !std::ferror(stdout)) return;
    throw unwritten_output(errno);
}

}  // namespace vkm::apps
