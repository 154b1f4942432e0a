#include <base/interrupt.h>

#include <csignal>

namespace vkm {
namespace {

std::atomic<bool> flag{false};
std::atomic<int> signal_number{SIGINT};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free,
              "set from a signal handler");

void on_signal(int number) {
    signal_number = number;
    flag = true;
    std::signal(number, SIG_DFL);
}

}  // namespace

const std::atomic<bool>& watch_for_interrupt() {
    std::signal(SIGINT, on_signal);
    std::signal(SIGTERM, on_signal);
    return flag;
}

int interrupt_status() {
    return 128 + signal_number;
}

}  // namespace vkm
