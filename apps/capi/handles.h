#pragma once

#include "opened.h"

#include <memory>

namespace vkm::capi {

/// Here is what is open. A handle is a number that is never used again, not a pointer: one that was closed, or never
/// opened, is found out, and what another thread still uses lives until it is done.

/// Returns a handle for it.
vkmbv3_classifier* keep(std::shared_ptr<Opened>);

/// Returns what is open under a handle. Throws InvalidArgument where nothing is.
std::shared_ptr<Opened> opened(const vkmbv3_classifier*);

/// Returns the same, and forgets the handle.
std::shared_ptr<Opened> forget(const vkmbv3_classifier*);

}  // namespace vkm::capi
