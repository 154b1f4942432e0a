#pragma once

#include <graph/graph.h>
#include <graph/models/model_config.h>
#include <graph/weights/state_dict.h>

#include <optional>
#include <vector>

namespace vkm::graph {

/// Returns the parameters and running statistics of a model, in torchvision's order.
std::vector<ParameterInfo> weight_list(const ModelConfig&);

/// Returns the model that has these names and shapes, tried at the usual widths, or nothing where none has.
/// Options that leave no trace in them are the model's defaults.
std::optional<ModelConfig> identify(const StateDict&);

}  // namespace vkm::graph
