#pragma once

#include <engine/plan/snapshot.h>

#include <span>
#include <vector>

namespace vkm::engine {

/// Returns the indices of one driver per GPU, in the given order. Two entries are one GPU when device UUID,
/// vendor and device id agree and the drivers differ. (Two GPUs of one driver are two GPUs even where the
/// driver gives both one UUID, as MoltenVK does.) A driver on top of another API or machine (MoltenVK, Dozen,
/// Venus) gives way to a native one.
std::vector<size_t> distinct_devices(std::span<const DeviceSnapshot>);

/// Returns all indices by kind, fastest first: discrete, integrated, virtual, CPU, other.
/// Each kind keeps the given order.
std::vector<size_t> by_kind(std::span<const DeviceSnapshot>);

}  // namespace vkm::engine
