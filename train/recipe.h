#pragma once

#include <graph/models/freeze.h>
#include <train/augmentation.h>
#include <train/weight_decay.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace vkm::train {

/// Names an optimizer of train/optimizers.h and its hyperparameters, by the names that it gives them. What is
/// not given has its default.
struct OptimizerChoice {
    std::string name = "sgd";
    std::map<std::string, double, std::less<>> hyperparameters = {};
};

/// Says what keeps gradients small, in this order (graph/ops/clip_gradients.h). Nothing: they stay as they are.
struct Clipping {
    std::optional<double> adaptive = {};  ///< the factor of adaptive clipping
    std::optional<double> value = {};     ///< the largest size of one
    std::optional<double> norm = {};      ///< the largest norm of all together
};

/// Describes how a network is trained: what a paper's appendix would list.
struct Recipe {
    int64_t epochs = 1;
    int64_t batch_size = 128;  ///< global, over all devices
    int64_t accumulation = 1;  ///< batches a step
    OptimizerChoice optimizer = {};
    WithoutDecay without_decay = WithoutDecay::none;
    Clipping clipping = {};
    graph::Frozen frozen = {};
    std::optional<int> loss_scale_exponent = {};  ///< of mixed precision, where the scale is fixed
    double label_smoothing = 0;
    Augmentation augmentation = {};
    bool sync_bn = false;
    bool fuse = true;  ///< graph/passes/training.h; without it every operator is a kernel of its own
    uint64_t seed = 0;
};

}  // namespace vkm::train
