#pragma once

#include <graph/run/trace_event.h>

#include <string>
#include <vector>

namespace vkm::graph {

/// Returns what was measured and what was planned as JSON in the trace event format that chrome://tracing and ui.perfetto.dev read. `devices`: their names.
std::string chrome_trace(const std::vector<TraceEvent>& measured, const std::vector<TraceEvent>& planned,
                         const std::vector<std::string>& devices);

}  // namespace vkm::graph
