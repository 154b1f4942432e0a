#pragma once

#include <graph/graph.h>
#include <graph/host_tensor.h>
#include <graph/step_params.h>

#include <map>

namespace vkm::graph {

/// Holds what Operator::reference computes on: inputs (written only at the positions in Operator::updates)
/// and outputs, already shaped and zero.
struct ReferenceCall {
    std::vector<HostTensor*> inputs;
    std::vector<HostTensor*> outputs;
    const StepParams& step;

    const HostTensor& in(size_t i) const { return *inputs.at(i); }
    HostTensor& inout(size_t i) const { return *inputs.at(i); }
    HostTensor& out(size_t i = 0) const { return *outputs.at(i); }
};

/// Runs a whole graph on the CPU in double precision. `values` holds inputs, parameters and states by id and
/// receives every other value. Views and their flat bases are kept in step.
void run_reference(const Graph&, std::map<ValueId, HostTensor>& values, const StepParams& = {});

}  // namespace vkm::graph
