#include "handles.h"

#include "status.h"

#include <cstdint>
#include <map>
#include <mutex>

namespace vkm::capi {
namespace {

struct Registry {
    std::mutex mutex;
    std::map<uintptr_t, std::shared_ptr<Opened>> open;
    uintptr_t last = 0;
};

// Is never destroyed: devices are not closed while the process ends, when their drivers may be gone.
Registry& registry() {
    static Registry& only = *new Registry;
    return only;
}

uintptr_t number_of(const vkmbv3_classifier* handle) {
    if (!handle) throw InvalidArgument("the classifier is NULL");
    return reinterpret_cast<uintptr_t>(handle);
}

InvalidArgument not_open() {
    return InvalidArgument("the classifier is not open: it was closed, or never opened");
}

}  // namespace

vkmbv3_classifier* keep(std::shared_ptr<Opened> opened) {
    Registry& r = registry();
    const std::lock_guard lock(r.mutex);
    r.open.emplace(r.last + 1, std::move(opened));
    return reinterpret_cast<vkmbv3_classifier*>(++r.last);
}

std::shared_ptr<Opened> opened(const vkmbv3_classifier* handle) {
    const uintptr_t number = number_of(handle);
    Registry& r = registry();
    const std::lock_guard lock(r.mutex);
    const auto found = r.open.find(number);
    if (found == r.open.end()) throw not_open();
    return found->second;
}

std::shared_ptr<Opened> forget(const vkmbv3_classifier* handle) {
    const uintptr_t number = number_of(handle);
    Registry& r = registry();
    const std::lock_guard lock(r.mutex);
    const auto found = r.open.find(number);
    if (found == r.open.end()) throw not_open();
    std::shared_ptr<Opened> result = std::move(found->second);
    r.open.erase(found);
    return result;
}

}  // namespace vkm::capi
