#include <base/background_thread.h>

#include <windows.h>

namespace vkm {

// Threads do not hand their priority down here, so that those it starts keep the usual one.
void work_in_background() {
    ::SetThreadPriority(::GetCurrentThread(), THREAD_PRIORITY_LOWEST);
}

}  // namespace vkm
