#pragma once

#include <graph/graph.h>
#include <graph/models/model_config.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::graph {

/// Names the layers that have weights.
enum class Part : uint8_t { stem, expand, depthwise, squeeze, excite, project, last, hidden, classifier };

/// Says what a weight is in its network, apart from any program's naming.
struct WeightRole {
    Part part = Part::stem;
    size_t block = 0;        ///< the bottleneck it is of, from 0
    bool norm = false;       ///< of the batch norm behind the layer
    std::string_view field;  ///< "weight", "bias", "running_mean", "running_var"
};

/// Holds a network's weights, each with what it is. Both lists are in torchvision's order.
struct NetworkWeights {
    Architecture architecture;
    std::vector<size_t> stages;  ///< the run of blocks each is in: those of equal channels at width 1
    std::vector<ParameterInfo> list;
    std::vector<WeightRole> roles;
};

NetworkWeights network_weights(const ModelConfig&);

/// Describes how a program names the weights of its networks, and what it means that leaves no trace in them.
struct Dialect {
    std::string_view name;   ///< "timm"
    std::string_view first;  ///< the name of the first convolution's weight, which tells the dialect
    /// Returns its name for a weight; empty where it has no such network.
    std::string (*name_of)(const NetworkWeights&, size_t weight);
    /// Sets what its networks have and their shapes do not say. Null: the models' defaults.
    void (*assume)(ModelConfig&);
};

/// Returns every dialect, one row each; the first is torchvision's, whose names are ours.
std::span<const Dialect> dialects();

}  // namespace vkm::graph
