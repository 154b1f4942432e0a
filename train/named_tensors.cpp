#include <train/named_tensors.h>

namespace vkm::train {

using graph::Role;

TrainingObserver::NamedTensors named_weights(const graph::Graph& graph, const ParameterValues& values) {
    TrainingObserver::NamedTensors weights;
    for (const auto& [id, value] : values)
        if (graph.value(id).role == Role::parameter) weights[graph.value(id).info->name] = value;
    return weights;
}

TrainingObserver::NamedTensors named_gradients(const graph::Graph& graph, graph::DeviceState& state,
                                               double scale) {
    std::map<int64_t, std::string> names;  // a gradient lies where its parameter does
    for (const graph::ValueId id : graph.with_role(Role::parameter))
        if (graph.value(id).info) names[graph.value(id).view_offset] = graph.value(id).info->name;
    TrainingObserver::NamedTensors gradients;
    for (const graph::ValueId id : graph.with_role(Role::gradient)) {
        const graph::Value& gradient = graph.value(id);
        if (gradient.view_of == graph::no_value) continue;  // the flat buffer of all
        graph::HostTensor value = state.read(graph, id);
        for (double& number : value.values)
            number /= scale;
        gradients[names.at(gradient.view_offset)] = std::move(value);
    }
    return gradients;
}

}  // namespace vkm::train
