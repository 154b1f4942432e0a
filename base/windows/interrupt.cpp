#include <base/interrupt.h>

#include <windows.h>

namespace vkm {
namespace {

std::atomic<bool> flag{false};

// Called on a thread of the system's own. What it does not take ends the program.
BOOL WINAPI on_event(DWORD event) {
    switch (event) {
        case CTRL_C_EVENT:
        case CTRL_BREAK_EVENT:
            return flag.exchange(true) ? FALSE : TRUE;
        case CTRL_CLOSE_EVENT:
            // The window was closed: the system waits for this function, some seconds at most, and ends the program then.
            flag = true;
            ::Sleep(INFINITE);
            return TRUE;
        default:
            return FALSE;
    }
}

}  // namespace

const std::atomic<bool>& watch_for_interrupt() {
    static const BOOL installed = ::SetConsoleCtrlHandler(on_event, TRUE);
    (void)installed;
    return flag;
}

int interrupt_status() {
    constexpr int of_ctrl_c = 2;  // as on other systems
    return 128 + of_ctrl_c;
}

}  // namespace vkm
