#pragma once

#include "status.h"

#include <cstdint>
#include <memory>

namespace vkm::capi {

/// Here is what is open. A handle is a number that is never used again, not a pointer: one that was closed, never
/// opened, or is of another kind, is found out, and what another thread still uses lives until it is done.

/// Says what to do in a process that was forked from one in which the drivers work.
inline constexpr const char* start_anew =
    "open in processes that are started anew (Python's multiprocessing: the method \"spawn\"), or fork before the first is "
    "opened";

/// Can be open under a handle. A kind has a name, `kind`, for messages.
class Handled {
  public:
    virtual ~Handled() = default;
};

/// Returns a number for it. This and the next two throw InvalidArgument in a forked process.
uintptr_t keep(std::shared_ptr<Handled>);
/// Returns what is open under a number; null where nothing is.
std::shared_ptr<Handled> find(uintptr_t number);
/// Forgets the number. Returns whether it was known.
bool drop(uintptr_t number);

template <typename T>
InvalidArgument not_open() {
    return InvalidArgument("the {} is not open: it was closed, or never opened", T::kind);
}

/// Returns what is open under a handle. Throws InvalidArgument where that is no T.
template <typename T, typename Handle>
std::shared_ptr<T> opened(const Handle* handle) {
    if (!handle) throw InvalidArgument("the {} is NULL", T::kind);
    auto found = std::dynamic_pointer_cast<T>(find(reinterpret_cast<uintptr_t>(handle)));
    if (!found) throw not_open<T>();
    return found;
}

/// Returns the same, and forgets the handle.
template <typename T, typename Handle>
std::shared_ptr<T> forget(const Handle* handle) {
    std::shared_ptr<T> found = opened<T>(handle);
    if (!drop(reinterpret_cast<uintptr_t>(handle))) throw not_open<T>();  // another thread was faster
    return found;
}

}  // namespace vkm::capi
