#pragma once

#include <graph/graph.h>
#include <graph/host_tensor.h>
#include <graph/weights/state_dict.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vkm::graph {

/// Report a state dict that does not fit a network. Each message says which tensor, and which model the
/// weights look like where that is known.
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

/// Returns a graph's parameters and running statistics in torchvision's order.
std::vector<ValueId> weights_of(const Graph&);

/// Returns the name of the state dict's counter beside a running variance, and nothing for other weights:
/// "features.0.1.running_var" -> "features.0.1.num_batches_tracked".
std::optional<std::string> tracked_name(std::string_view weight);

struct ImportOptions {
    /// Leaves out and reports a last layer that differs in its number of classes only, and a classifier that
    /// is absent, instead of refusing them.
    bool replace_classifier = false;
};

/// Says which of a state dict's tensors each weight of a network is.
struct MatchedWeights {
    std::map<ValueId, size_t> tensors;  ///< of every parameter and running statistic but those in `replaced`
    std::vector<std::string> replaced;  ///< names that are left to be initialised
    int64_t num_batches_tracked = 0;
};

/// Matches a state dict under torchvision's names with a network's parameters and running statistics.
/// Tensors may have any float type; num_batches_tracked may be absent. Throws MissingWeights,
/// UnexpectedWeights, WeightShapeMismatch.
MatchedWeights match_weights(const Graph&, const StateDict&, const ImportOptions& = {});

struct ImportedWeights {
    /// Of every parameter and running statistic but those in `replaced`.
    std::map<ValueId, HostTensor> values;
    std::vector<std::string> replaced;  ///< names that are left to be initialised
    int64_t num_batches_tracked = 0;
};

/// Returns the same with their values in stored layout.
ImportedWeights import_weights(const Graph&, const StateDict&, const ImportOptions& = {});

/// Returns every entry of torchvision's state dict in its order: float32, and for every batch norm
/// num_batches_tracked (int64). Throws Error where a value is missing.
StateDict export_weights(const Graph&, const std::map<ValueId, HostTensor>& values,
                         int64_t num_batches_tracked);

}  // namespace vkm::graph
