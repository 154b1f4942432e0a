#pragma once

#include <bench/cases.h>
#include <bench/results.h>
#include <graph/run/planned_device.h>

namespace vkm::bench {

/// Runs a whole network: `samples` timings of about `least_us` each of batch after batch, then one batch with
/// every dispatch timed.
ModelResult run_model(graph::PlannedDevice&, const NetworkGraph&, size_t samples, double least_us);

}  // namespace vkm::bench
