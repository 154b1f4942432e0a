#include <graph/flat_buffers.h>
#include <graph/weight_average.h>
#include <graph/weights/parameters.h>
#include <train/averaged_weights.h>

namespace vkm::train {

using graph::Role;
using graph::ValueId;

bool keeps_average(const graph::Graph& graph) {
    return graph::average_of(graph, graph::flat_buffer(graph, Role::parameter)) != graph::no_value;
}

void begin_average(ModelOnDevices& model, const graph::Graph& graph) {
    for (const Role role : {Role::parameter, Role::state}) {
        const ValueId flat = graph::flat_buffer(graph, role);
        const ValueId average = flat == graph::no_value ? flat : graph::average_of(graph, flat);
        if (average == graph::no_value) continue;
        for (size_t replica = 0; replica < model.count(); ++replica)
            model.write_flat(graph, average, replica, model.read_flat(graph, flat, replica));
    }
}

ParameterValues averaged_values(ModelSnapshot& snapshot) {
    const graph::Graph& graph = snapshot.graph();
    ParameterValues values = snapshot.values();
    for (auto& [id, tensor] : values) {
        const graph::Value& value = graph.value(id);
        const ValueId average = graph::average_of(graph, value.view_of);
        if (average == graph::no_value) continue;
        tensor = graph::from_bytes(
            std::span<const std::byte>(snapshot.flat(average))
                .subspan(static_cast<size_t>(value.view_offset), static_cast<size_t>(value.type.bytes())),
            value.type);
    }
    return values;
}

}  // namespace vkm::train
