#include "handles.h"

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

}  // namespace

uintptr_t keep(std::shared_ptr<Handled> handled) {
    Registry& r = registry();
    const std::lock_guard lock(r.mutex);
    r.open.emplace(r.last + 1, std::move(handled));
    return ++r.last;
}

std::shared_ptr<Handled> find(uintptr_t number) {
    Registry& r = registry();
    const std::lock_guard lock(r.mutex);
    const auto found = r.open.find(number);
    return found == r.open.end() ? nullptr : found->second;
}

bool drop(uintptr_t number) {
    Registry& r = registry();
    const std::lock_guard lock(r.mutex);
    return r.open.erase(number) == 1;
}

}  // namespace vkm::capi
