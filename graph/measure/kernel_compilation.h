#pragma once

#include <graph/graph.h>
#include <graph/run/planned_device.h>

#include <functional>
#include <string>
#include <vector>

namespace vkm::graph {

/// What came of compiling a kernel.
struct KernelCompilation {
    std::string kernel;   ///< the shader: "depthwise_input_grad"
    std::string variant;  ///< storage, load path and constants
    bool ok = false;
    std::string message;                              ///< where it is not: what to look at
    std::vector<engine::KernelStatistic> statistics;  ///< what the driver tells
};

/// Whether a statistic counts registers that went to memory: "Spilled VGPRs" (RADV), "Spill count" (ANV),
/// "Spills" (Honeykrisp), "Spills to memory" (NVK), "STP Count" (Turnip: stores to private memory). NVK's
/// "Spills to reg" are uniform registers that became ordinary ones, which costs a move.
bool counts_spills(const engine::KernelStatistic&);

/// Creates the pipelines of all graphs, with their real specialization constants, and where asked those of
/// every other candidate of each choice; submits nothing. Open the device with PlanOptions::profile to get
/// statistics. A pipeline that spills registers is not ok. `stop` is asked before every kernel; none is
/// compiled once it says so.
void compile_kernels(PlannedDevice&, const std::vector<const Graph*>&, bool candidates,
                     const std::function<void(const KernelCompilation&)>& report,
                     const std::function<bool()>& stop = {});

}  // namespace vkm::graph
