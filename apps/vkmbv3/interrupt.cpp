#include "interrupt.h"

#include <csignal>

namespace vkm::apps {
namespace {

std::atomic<bool> flag{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set from a signal handler");

void on_signal(int number) {
    flag = true;
    std::signal(number, SIG_DFL);
}

}  // namespace

void watch_for_interrupt() {
    std::signal(SIGINT, on_signal);
    std::signal(SIGTERM, on_signal);
}

const std::atomic<bool>& interrupted() { return flag; }

}  // namespace vkm::apps
