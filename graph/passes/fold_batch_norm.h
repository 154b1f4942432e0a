#pragma once

#include <graph/graph.h>
#include <graph/host_tensor.h>

#include <functional>
#include <vector>

namespace vkm::graph {

/// Says which new parameters a batch norm, folded into a convolution, makes of which values of the original:
///   scale = gamma / sqrt(var + eps);  weight = w scale;  bias = beta + (convolution bias - mean) scale
struct Folding {
    ValueId weight = no_value, bias = no_value;  ///< of the folded graph
    /// Of the original. The convolution's bias may be no_value.
    ValueId w = no_value, convolution_bias = no_value, gamma = no_value, beta = no_value, mean = no_value,
            variance = no_value;
    double epsilon = 0;
};

/// Returns the value of a parameter or running statistic, made when asked for: never are all held at once.
using WeightSource = std::function<HostTensor(ValueId)>;

struct FoldedWeights {
    HostTensor weight, bias;
};
/// Returns the values of the new parameters, made from the original's.
FoldedWeights fold_weights(const Folding&, const WeightSource& original);

struct FoldedGraph {
    Graph graph;
    std::vector<Folding> foldings;
};

/// Folds batch norm into the convolution before it, where nobody else reads that one's output or weights:
///     convolution -> batch_norm_inference(f)   becomes   convolution with bias and f in its epilogue
/// The convolution gets new weights. Values keep their ids; the new parameters are added behind them under
/// the convolution's names (".weight", ".bias"). For inference graphs.
FoldedGraph fold_batch_norm(const Graph&);

}  // namespace vkm::graph
