#pragma once

#include <graph/graph.h>
#include <graph/host_tensor.h>
#include <graph/weights/state_dict.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vkm::graph {

/// A state dict that does not fit a network. Each says which tensor, and which model the weights look like
/// where that is known.
class MissingWeights : public WeightsError {
  public:
    using WeightsError::WeightsError;
};
class UnexpectedWeights : public WeightsError {
  public:
    using WeightsError::WeightsError;
};
class WeightShapeMismatch : public WeightsError {
  public:
    using WeightsError::WeightsError;
};

/// A graph's parameters and running statistics in torchvision's order.
std::vector<ValueId> weights_of(const Graph&);

/// The state dict's counter beside a running variance: "features.0.1.running_var" ->
/// "features.0.1.num_batches_tracked"; empty for other weights.
std::optional<std::string> tracked_name(const ParameterInfo&);

struct ImportOptions {
    /// A last layer that differs in its number of classes only is left out and reported, instead of refused.
    bool replace_classifier = false;
};

/// Which of a state dict's tensors each weight of a network is.
struct MatchedWeights {
    std::map<ValueId, size_t> tensors;  ///< of every parameter and running statistic but those in `replaced`
    std::vector<std::string> replaced;  ///< names that are left to be initialised
    int64_t num_batches_tracked = 0;
};

/// A state dict under torchvision's names and a network's parameters and running statistics. Tensors of any
/// float type; num_batches_tracked may be absent. Throws MissingWeights, UnexpectedWeights,
/// WeightShapeMismatch.
MatchedWeights match_weights(const Graph&, const StateDict&, const ImportOptions& = {});

struct ImportedWeights {
    std::map<ValueId, HostTensor>
        values;                         ///< of every parameter and running statistic but those in `replaced`
    std::vector<std::string> replaced;  ///< names that are left to be initialised
    int64_t num_batches_tracked = 0;
};

/// The same with their values in stored layout.
ImportedWeights import_weights(const Graph&, const StateDict&, const ImportOptions& = {});

/// Every entry of torchvision's state dict in its order, float32, and num_batches_tracked (int64) for every
/// batch norm. Throws Error where a value is missing.
StateDict export_weights(const Graph&, const std::map<ValueId, HostTensor>& values,
                         int64_t num_batches_tracked);

}  // namespace vkm::graph
