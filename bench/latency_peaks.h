#pragma once

#include <graph/run/planned_device.h>

namespace vkm::bench {

// What it costs to begin work, in microseconds. Each looks at what its kernel wrote, and throws vkm::Error
// where that is not what it should be.

/// Times one of many dispatches, with or without one waiting for the one before.
double launch_us(graph::PlannedDevice&, const Shader&, bool wait_for_each);
/// Times a submission of one empty dispatch, from submit to the end of wait.
double submit_us(graph::PlannedDevice&, const Shader&);

}  // namespace vkm::bench
