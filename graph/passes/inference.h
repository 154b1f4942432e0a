#pragma once

#include <graph/passes/fold_batch_norm.h>

namespace vkm::graph {

/// Says what a node of an inference graph is: a convolution, or an inverted residual that a device may run as
/// one kernel (fuse_blocks.h).
enum class Granularity : uint8_t { layers, blocks };

/// Holds an evaluation graph made ready for inference, and how values and weights get there.
struct InferenceGraph {
    Graph graph;
    /// By ValueId of the original: the same value here, or no_value where it was fused away.
    std::vector<ValueId> moved;
    std::vector<Folding> foldings;  ///< weight and bias are values of `graph`

    /// Returns where a value of the original is. Throws Error where it was fused away.
    ValueId at(ValueId original) const;
    /// Hands over the value of each of this graph's parameters, one after the other, made from the values of
    /// the original's parameters and running statistics.
    void each_weight(const WeightSource& original,
                     const std::function<void(ValueId, HostTensor)>& take) const;
};

/// Applies every inference pass. Batch norm is folded into the convolution before it; activations, residual
/// additions and squeeze-and-excite's scaling are fused into convolutions, and these into blocks where
/// wanted; unused values are removed. Runs before pack_parameters.
InferenceGraph for_inference(const Graph&, Granularity = Granularity::blocks);

}  // namespace vkm::graph
