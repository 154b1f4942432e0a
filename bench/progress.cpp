#include <base/terminal.h>
#include <bench/progress.h>

#include <fmt/core.h>

#include <algorithm>

namespace vkm::bench {

Progress::Progress(bool quiet, size_t total)
    : quiet_(quiet), terminal_(is_terminal(standard_error)), total_(total) {}

Progress::~Progress() {
    if (!quiet_ && terminal_ && count_ > 0) fmt::print(stderr, "\n");
}

void Progress::note(std::string_view text) const {
    if (!quiet_) show(fmt::format("measuring {}", text));
}

void Progress::done(const std::string& name, const std::string& result) {
    count_ = std::min(count_ + 1, total_);
    if (!quiet_) show(fmt::format("[{}/{}] {}  {}", count_, total_, name, result));
}

void Progress::show(const std::string& line) const {
    if (terminal_)
        fmt::print(stderr, "\r\033[K{}", line.substr(0, 150));
    else
        fmt::print(stderr, "{}\n", line);
}

}  // namespace vkm::bench
