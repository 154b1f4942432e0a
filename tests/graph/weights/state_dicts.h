#pragma once

#include <graph/weights/identify.h>
#include <graph/weights/state_dict.h>

#include <cstring>
#include <string>

namespace vkm::test {

/// Returns a model's names and shapes, which are all that is looked at to tell it.
inline graph::StateDict without_values(const graph::ModelConfig& config) {
    graph::StateDict weights;
    for (const graph::ParameterInfo& info : graph::weight_list(config))
        weights.tensors.push_back({.name = info.name, .shape = info.torch_shape, .data = {}});
    return weights;
}

/// Returns the same with the same value everywhere.
inline graph::StateDict filled(const graph::ModelConfig& config, float value) {
    graph::StateDict weights = without_values(config);
    for (graph::NamedTensor& tensor : weights.tensors) {
        const std::vector<float> values(static_cast<size_t>(*graph::element_count(tensor.shape)), value);
        tensor = graph::from_floats(tensor.name, tensor.shape, values);
    }
    return weights;
}

/// Returns a model of a few thousand weights.
inline graph::ModelConfig tiny(std::string_view name, int64_t classes = 3) {
    graph::ModelConfig config = graph::model_config(name);
    config.width = 0.05;
    config.num_classes = classes;
    return config;
}

}  // namespace vkm::test
