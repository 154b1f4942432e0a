#include <base/background_thread.h>

#if defined(__linux__)
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace vkm {

void work_in_background() {
#if defined(__linux__)
    constexpr int background = 10;  // of 19: about a tenth of what a thread at usual priority gets
    const auto thread = static_cast<id_t>(::syscall(SYS_gettid));
    // A thread that is there already keeps its place behind others.
    if (::getpriority(PRIO_PROCESS, thread) < background) ::setpriority(PRIO_PROCESS, thread, background);
#endif
}

}  // namespace vkm
