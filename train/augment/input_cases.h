#pragma once

#include <graph/graph.h>
#include <graph/host_tensor.h>
#include <graph/models/model_config.h>

#include <list>
#include <map>
#include <string>

namespace vkm::train {

/// Holds the part of a step that makes tensors of what the host hands over, and a batch of it.
struct InputCase {
    std::string name;  ///< what is done: "policy rand"
    graph::Graph graph;
    graph::ValueId images = graph::no_value;  ///< that the network gets
    std::map<graph::ValueId, graph::HostTensor> inputs;
};

/// Returns cases that between them have both ways to scale, every policy with all operations that policies draw, and
/// every way to erase. Batches are drawn as a loader draws them, because random words
/// are no program.
std::list<InputCase> input_cases(const graph::ModelConfig&, int64_t batch, graph::DType storage);

}  // namespace vkm::train
