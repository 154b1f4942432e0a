#pragma once

#include <engine/vulkan/device_impl.h>

#include <functional>
#include <span>

namespace vkm::engine {

/// Makes the driver compile kernels now that it would compile when they are first dispatched, one behind the other
/// (DevicePlan::compiles_at_dispatch): each is dispatched with no workgroup.
///
/// Where that takes long, logical devices of their own compile some of them on other threads. The machine code reaches
/// this one through the driver's cache on disk; where the driver has none, this one compiles again what they did, and
/// nothing is lost. Calls `progress(done, total)`, where there was anything to do. `patience`: the seconds that this
/// device compiles alone; with a warm cache on disk all kernels of a network take less.
void compile_at_dispatch(Device::Impl&, std::span<const Kernel* const>,
                         const std::function<void(size_t, size_t)>& progress, double patience = 0.1);

}  // namespace vkm::engine
