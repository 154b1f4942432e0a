#pragma once

#include <graph/run/schedule.h>
#include <graph/run/trace_event.h>

#include <vector>

namespace vkm::graph {

/// Says how long the parts of a segment take on the device, in seconds.
struct SegmentSeconds {
    double loads = 0, work = 0, stores = 0;
};

/// Plans steps of a schedule a device as if nothing came in between: every queue begins a segment as soon as it was
/// submitted and the one before is done, host threads take no time, and a reduction takes `exchanges[number]` seconds. Pure.
std::vector<TraceEvent> planned_steps(const std::vector<Schedule>&,
                                      const std::vector<std::vector<SegmentSeconds>>& devices,
                                      const std::vector<double>& exchanges, size_t steps);

}  // namespace vkm::graph
