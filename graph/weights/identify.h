#pragma once

#include <graph/graph.h>
#include <graph/models/model_config.h>
#include <graph/weights/state_dict.h>

#include <optional>
#include <vector>

namespace vkm::graph {

/// Parameters and running statistics of a model, in torchvision's order.
std::vector<ParameterInfo> weight_list(const ModelConfig&);

/// The model whose names and shapes these are, tried at the usual widths; options that leave no trace in them
/// are the model's defaults. Empty where none fits.
std::optional<ModelConfig> identify(const StateDict&);

}  // namespace vkm::graph
