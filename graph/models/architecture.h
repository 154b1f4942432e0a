#pragma once

#include <graph/models/model_config.h>
#include <graph/ops/activation.h>

#include <cstdint>
#include <vector>

namespace vkm::graph {

/// Describes an inverted residual with a linear bottleneck (Sandler et al. 2018): expand 1x1, depthwise,
/// project 1x1. The input is added where stride and channels allow it.
struct Bottleneck {
    int64_t kernel = 3;
    int64_t expanded = 0;  ///< channels of the depthwise convolution; as the input's: nothing is expanded
    int64_t out = 0;
    bool squeeze_excite = false;
    Activation activation = Activation::relu;
    int64_t stride = 1;
};

/// Holds a network's layers with the channels they really have: stem 3x3, bottlenecks, a last 1x1
/// convolution, the classifier.
struct Architecture {
    int64_t stem = 0;
    std::vector<Bottleneck> blocks;
    int64_t last = 0;
    int64_t hidden = 0;                              ///< the classifier's hidden layer; 0: it has none
    Activation activation = Activation::hard_swish;  ///< of stem, last convolution and hidden layer
    /// torchvision's V2 calls a block "conv" and keeps the projection's convolution and batch norm beside
    /// each other; V3 calls it "block" and wraps them.
    bool v2_names = false;
};

/// Returns the layers of a configuration, with its strides.
Architecture architecture(const ModelConfig&);

/// Returns the multiple of 8 nearest to `channels`, but not more than 10 % below it (the papers' own
/// code, and torchvision's).
int64_t make_divisible(double channels);

/// Returns the channels of squeeze-and-excite's bottleneck: a quarter.
inline int64_t squeeze_channels(int64_t expanded) {
    return make_divisible(static_cast<double>(expanded / 4));
}

}  // namespace vkm::graph
