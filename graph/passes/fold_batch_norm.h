#pragma once

#include <graph/graph.h>
#include <graph/host_tensor.h>

#include <functional>
#include <vector>

namespace vkm::graph {

/// A convolution and the batch norm folded into it: which new parameters follow from which values of the
/// original.
///   scale = gamma / sqrt(var + eps);  weight = w scale;  bias = beta + (convolution bias - mean) scale
struct Folding {
    ValueId weight = no_value, bias = no_value;  ///< of the folded graph
    ValueId w = no_value, convolution_bias = no_value, gamma = no_value, beta = no_value, mean = no_value,
            variance = no_value;  ///< of the original; the convolution's bias may be no_value
    double epsilon = 0;
};

/// The value of a parameter or running statistic, made when it is asked for: a network's are never all held.
using WeightSource = std::function<HostTensor(ValueId)>;

struct FoldedWeights {
    HostTensor weight, bias;
};
/// The values of the new parameters from those of the original's.
FoldedWeights fold_weights(const Folding&, const WeightSource& original);

struct FoldedGraph {
    Graph graph;
    std::vector<Folding> foldings;
};

/// convolution -> batch_norm_inference(f)   becomes   convolution with bias and f in its epilogue, and new
/// weights where nobody else reads the convolution's output or its weights. Values keep their ids, the new
/// parameters are added behind them under the convolution's names (".weight", ".bias"). For inference graphs.
FoldedGraph fold_batch_norm(const Graph&);

}  // namespace vkm::graph
