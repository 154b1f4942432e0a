#include <graph/lower/traffic.h>
#include <graph/operator.h>

#include <algorithm>

namespace vkm::graph {

Traffic& Traffic::operator+=(const Traffic& other) {
    flops += other.flops;
    matrix_flops += other.matrix_flops;
    bytes += other.bytes;
    least_bytes += other.least_bytes;
    dispatches += other.dispatches;
    return *this;
}

Traffic traffic_of(const Graph& graph, NodeId id, const Program& program) {
    Traffic traffic;
    const Node& node = graph.nodes().at(static_cast<size_t>(id));
    const std::vector<size_t> updates = node.op->updates();
    const auto bytes = [&](ValueId value) { return static_cast<double>(graph.type(value).bytes()); };
    for (const ValueId value : node.inputs)
        traffic.least_bytes += bytes(value);
    for (const ValueId value : node.outputs)
        traffic.least_bytes += bytes(value);
    for (const size_t updated : updates)  // read and written
        traffic.least_bytes += bytes(node.inputs[updated]);
    const auto is_updated = [&](const Region& region) {
        return std::ranges::any_of(updates, [&](size_t i) {
            return program.buffer_of_value[static_cast<size_t>(node.inputs[i])] == region.buffer;
        });
    };
    for (const Command& command : program.commands) {
        if (command.node != id) continue;
        const std::vector<Region> bound = regions(command);
        for (auto region = bound.begin(); region != bound.end(); ++region) {
            // A binding that a kernel does not use holds the beginning of what another one does
            // (Lowering::fill_unused).
            const auto holds_it = [&](const Region& other) {
                return other.buffer == region->buffer && other.offset == region->offset &&
                       (other.bytes > region->bytes || (other.bytes == region->bytes && &other < &*region));
            };
            if (std::ranges::any_of(bound, holds_it)) continue;
            traffic.bytes += static_cast<double>(region->bytes) * (is_updated(*region) ? 2 : 1);
        }
        if (const auto* dispatch = std::get_if<DispatchCommand>(&command.what)) {
            traffic.flops += dispatch->flops;
            if (dispatch->kernel.shader->matrix_units) traffic.matrix_flops += dispatch->flops;
            ++traffic.dispatches;
        }
    }
    return traffic;
}

std::vector<NodeTraffic> traffic_by_node(const Graph& graph, const Program& program,
                                         std::span<const engine::DispatchTime> times) {
    std::vector<NodeTraffic> rows;
    for (size_t i = 0; i < graph.nodes().size(); ++i) {
        const Node& node = graph.nodes()[i];
        NodeTraffic row{node.layer, std::string(node.op->name()),
                        traffic_of(graph, static_cast<NodeId>(i), program)};
        const size_t dispatches = std::min(row.traffic.dispatches, times.size());
        for (const engine::DispatchTime& time : times.first(dispatches))
            row.microseconds += time.microseconds;
        times = times.subspan(dispatches);
        rows.push_back(std::move(row));
    }
    return rows;
}

int64_t stored_activation_bytes(const Graph& graph, ValueId loss) {
    const NodeId last_forward = graph.value(loss).producer;
    std::vector<bool> stored(graph.values().size(), false);
    for (size_t i = static_cast<size_t>(last_forward) + 1; i < graph.nodes().size(); ++i)
        for (const ValueId id : graph.nodes()[i].inputs) {
            const Value& value = graph.value(id);
            if (value.role == Role::activation && value.producer <= last_forward)
                stored[static_cast<size_t>(id)] = true;
        }
    int64_t bytes = 0;
    for (size_t i = 0; i < stored.size(); ++i)
        if (stored[i]) bytes += graph.values()[i].type.bytes();
    return bytes;
}

}  // namespace vkm::graph
