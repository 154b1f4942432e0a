#pragma once

#include <graph/run/planned_device.h>

#include <cstdint>
#include <string>

namespace vkm::bench {

// Rates of a device's memory, in 1e9 bytes a second. Each looks at what its kernel wrote, and throws
// vkm::Error where that is not what it should have computed.

/// Copies, reads and writes more than any cache holds, neighbours side by side.
double copy_gbps(graph::PlannedDevice&, const Shader&);
double read_gbps(graph::PlannedDevice&, const Shader&);
double write_gbps(graph::PlannedDevice&, const Shader&);

/// Reads and writes as much with a run of numbers for each invocation, so that neighbours are a run apart.
double misaligned_read_gbps(graph::PlannedDevice&, const Shader&);
double misaligned_write_gbps(graph::PlannedDevice&, const Shader&);

/// Reads so many bytes, a power of two, over and over.
double cached_read_gbps(graph::PlannedDevice&, const Shader&, uint64_t bytes);
/// Returns why so many bytes cannot be read; nothing where they can.
std::string no_cached_read(const graph::PlannedDevice&, uint64_t bytes);

/// Reads what workgroups hold in their shared memory.
double shared_gbps(graph::PlannedDevice&, const Shader&);

}  // namespace vkm::bench
