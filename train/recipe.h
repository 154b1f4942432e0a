#pragma once

#include <graph/models/freeze.h>
#include <graph/weight_average.h>
#include <train/augmentation.h>
#include <train/mixing.h>
#include <train/weight_decay.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

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

/// Describes the loss beyond label smoothing. Validation computes the cross-entropy of labels in any case.
struct LossRecipe {
    bool bce = false;                          ///< a sigmoid a class, not one softmax: timm's --bce-loss
    bool bce_sum = false;                      ///< over the classes; else their mean
    std::optional<double> bce_threshold = {};  ///< targets above it are 1, others 0
    std::vector<float> class_weights = {};     ///< one a class; none: they count alike
    Mixing mixing = {};

    /// Returns whether a batch's mean is that of its labels' weights, as PyTorch's over labels. Over soft targets, as
    /// mixing and binary cross-entropy have them, it is the plain one.
    bool weighs_labels() const { return !class_weights.empty() && !mixing.mixes() && !bce; }
    /// Returns whether it is no more than the cross-entropy of labels.
    bool is_plain() const { return !bce && class_weights.empty() && !mixing.mixes(); }
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
    LossRecipe loss = {};
    double drop_path = 0;  ///< stochastic depth of the last block; graph/models/network.h
    Augmentation augmentation = {};
    /// Of each image, whose features are computed once, before the first step: what the frozen layers make of it.
    /// Epochs take turns in them. 0: every epoch draws, and computes, anew.
    int64_t feature_draws = 0;
    bool sync_bn = false;
    bool fuse = true;  ///< graph/passes/training.h; without it every operator is a kernel of its own
    uint64_t seed = 0;
    std::optional<graph::WeightAverage> average = {};  ///< EMA: a moving average of the weights beside them
};

}  // namespace vkm::train
