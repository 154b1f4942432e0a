#include "handles.h"

#include <base/process.h>

#include <atomic>
#include <map>
#include <mutex>

namespace vkm::capi {
namespace {

struct Registry {
    std::mutex mutex;
    std::map<uintptr_t, std::shared_ptr<Handled>> open;
    uintptr_t last = 0;
};

// Is never destroyed: devices are not closed while the process ends, when their drivers may be gone.
Registry& registry() {
    static Registry& only = *new Registry;
    return only;
}

std::atomic<uint64_t> kept_by{0};  ///< the process; 0: nothing was opened yet

// Throws in a process that was forked from the one that opened. It has none of the threads that work and might hold locks.
void require_same_process() {
    const uint64_t process = kept_by;
    if (process != 0 && process != process_id())
        throw InvalidArgument("it was opened by the process that this one was forked from: {}", start_anew);
}

}  // namespace

uintptr_t keep(std::shared_ptr<Handled> handled) {
    require_same_process();
    Registry& r = registry();
    const std::lock_guard lock(r.mutex);
    kept_by = process_id();
    r.open.emplace(r.last + 1, std::move(handled));
    return ++r.last;
}

std::shared_ptr<Handled> find(uintptr_t number) {
    require_same_process();
    Registry& r = registry();
    const std::lock_guard lock(r.mutex);
    const auto found = r.open.find(number);
    return found == r.open.end() ? nullptr : found->second;
}

bool drop(uintptr_t number) {
    require_same_process();
    Registry& r = registry();
    const std::lock_guard lock(r.mutex);
    return r.open.erase(number) == 1;
}

}  // namespace vkm::capi
