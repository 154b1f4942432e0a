#pragma once

#include <train/augmentation.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace vkm::train {

/// Names an optimizer of train/optimizers.h and its hyperparameters, by the names that it gives them. What is
/// not given has its default.
struct OptimizerChoice {
    std::string name = "sgd";
    std::map<std::string, double, std::less<>> hyperparameters = {};
};

/// Describes how a network is trained: what a paper's appendix would list.
struct Recipe {
    int64_t epochs = 1;
    int64_t batch_size = 128;  ///< global, over all devices
    OptimizerChoice optimizer = {};
    double label_smoothing = 0;
    Augmentation augmentation = {};
    bool sync_bn = false;
    bool fuse = true;  ///< graph/passes/training.h; without it every operator is a kernel of its own
    uint64_t seed = 0;
};

}  // namespace vkm::train
