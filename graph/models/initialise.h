#pragma once

#include <graph/graph.h>
#include <graph/host_tensor.h>

#include <map>

namespace vkm::graph {

/// Returns torchvision's initialisation of a parameter or running statistic, in stored layout:
///   kaiming_normal_fan_out: normal, variance 2 / (outputs x kernel size)    (He et al. 2015)
///   normal_001:             normal, deviation 0.01
/// Random numbers are keyed by (seed, name, element): the same on every platform,
/// whatever else the network holds.
HostTensor initial_value(const ParameterInfo&, uint64_t seed);

/// Returns the initial value of every parameter and running statistic of a graph.
std::map<ValueId, HostTensor> initial_values(const Graph&, uint64_t seed);

}  // namespace vkm::graph
