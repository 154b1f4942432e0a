#pragma once

#include <graph/graph.h>
#include <graph/models/freeze.h>
#include <graph/models/model_config.h>

namespace vkm::graph {

/// Says how batch norm gets its statistics, and whether dropout drops.
enum class Mode : uint8_t {
    evaluation,            ///< running statistics, no dropout
    training,              ///< the statistics of this device's share of the batch
    training_synchronised  ///< the statistics of the whole batch, merged over devices in mid-forward
};

/// Appends the network to a graph and returns the logits {N, 1, 1, classes}. images: {N, H, W, 3},
/// normalised, f32 or f16. With f16 activations are stored in half precision, and so are convolution
/// weights: as parameters for evaluation, as casts of fp32 parameters for training. Nodes are named by
/// torchvision's module paths, and what torchvision lacks as docs/models.md says. Parameters and running
/// statistics have its state-dict names and are created in its order, so that graphs of one configuration have equal lists of them in every mode.
///
/// In training, weights that are frozen have Role::frozen; a frozen batch norm normalises by its running statistics.
/// `drop_path` is stochastic depth's probability, as timm means it: of n blocks the i-th, from 0 on, leaves its
/// residual branch out with probability drop_path i / n, an image at a time.
///
/// Throws ShapeError naming the layer.
ValueId build_network(Graph&, const ModelConfig&, ValueId images, Mode, const Frozen& = {},
                      double drop_path = 0);

/// Returns the last feature map of a network that was just built: what its pool takes the mean of.
ValueId last_feature_map(const Graph&);

/// Returns the weights that the authors' files of a model hold and nothing uses (SqueezeExcite::used), under
/// the names they would have: no network has them, and writers of such files may.
std::vector<ParameterInfo> unused_weights(const ModelConfig&);

}  // namespace vkm::graph
