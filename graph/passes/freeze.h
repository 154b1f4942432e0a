#pragma once

#include <graph/passes/fold_batch_norm.h>

#include <functional>
#include <vector>

namespace vkm::graph {

/// Says that a derived weight is a frozen one in another type.
struct WeightCopy {
    ValueId derived = no_value, source = no_value;
};

/// Says which derived weights a graph has, and of which frozen ones each is made.
struct DerivedWeights {
    std::vector<Folding> foldings;
    std::vector<WeightCopy> copies;

    /// Hands over the value of each, made from those of the frozen weights and running statistics.
    void each(const WeightSource& frozen, const std::function<void(ValueId, HostTensor)>& take) const;
};

struct FrozenGraph {
    Graph graph;
    DerivedWeights derived;
};

/// Applies the inference passes to what lies before the first trained parameter: batch norm is folded, layers
/// are fused into blocks, and nothing of it is kept for a backward pass. The weights of that part are derived
/// then (Role::derived); the frozen ones stay in the graph, for checkpoints and weights files. Values keep their
/// ids. Runs on a training graph before pack_parameters; without frozen weights the graph stays as it is.
FrozenGraph infer_frozen(const Graph&);

}  // namespace vkm::graph
