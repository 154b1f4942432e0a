#include <graph/operator.h>
#include <graph/ops/cast.h>
#include <graph/passes/cut.h>

#include <algorithm>

namespace vkm::graph {
namespace {

// Says which values nothing that is trained, drawn or fed decides, and which of them the images decide.
struct Constancy {
    std::vector<bool> fixed, of_images;

    bool features(ValueId id) const {
        const auto i = static_cast<size_t>(id);
        return fixed[i] && of_images[i];
    }
};

Constancy constancy(const Graph& graph, ValueId images) {
    const size_t count = graph.values().size();
    Constancy known{std::vector<bool>(count, false), std::vector<bool>(count, false)};
    for (size_t i = 0; i < count; ++i) {
        const Role role = graph.values()[i].role;
        known.fixed[i] = role == Role::frozen || role == Role::state;
    }
    known.fixed[static_cast<size_t>(images)] = known.of_images[static_cast<size_t>(images)] = true;
    for (const Node& node : graph.nodes()) {
        const bool fixed = node.op->updates().empty() && std::ranges::all_of(node.inputs, [&](ValueId id) {
                               return known.fixed[static_cast<size_t>(id)];
                           });
        const bool of_images = std::ranges::any_of(
            node.inputs, [&](ValueId id) { return known.of_images[static_cast<size_t>(id)]; });
        for (const ValueId id : node.outputs) {
            if (id == images) continue;
            known.fixed[static_cast<size_t>(id)] = fixed;
            known.of_images[static_cast<size_t>(id)] = of_images;
        }
    }
    return known;
}

// Parts the nodes into those that a value depends on, and the others.
struct CutParts {
    std::vector<Node> before, others;
};

CutParts parts_at(const Graph& graph, ValueId value) {
    std::vector<bool> needed(graph.values().size(), false);
    needed[static_cast<size_t>(value)] = true;
    CutParts parts;
    for (size_t i = graph.nodes().size(); i-- > 0;) {
        const Node& node = graph.nodes()[i];
        const bool before =
            std::ranges::any_of(node.outputs, [&](ValueId id) { return needed[static_cast<size_t>(id)]; });
        if (before)
            for (const ValueId id : node.inputs)
                needed[static_cast<size_t>(id)] = true;
        (before ? parts.before : parts.others).push_back(node);
    }
    std::ranges::reverse(parts.before);
    std::ranges::reverse(parts.others);
    return parts;
}

bool reads(const std::vector<Node>& nodes, ValueId value) {
    return std::ranges::any_of(nodes,
                               [&](const Node& node) { return std::ranges::count(node.inputs, value) > 0; });
}

}  // namespace

std::optional<ValueId> features_of(const Graph& graph, ValueId images) {
    const Constancy known = constancy(graph, images);
    std::optional<ValueId> found;
    for (const Node& node : graph.nodes()) {
        if (std::ranges::all_of(node.outputs,
                                [&](ValueId id) { return known.fixed[static_cast<size_t>(id)]; }))
            continue;
        for (const ValueId id : node.inputs) {
            if (!known.features(id) || found == id) continue;
            if (id == images || found) return {};
            found = id;
        }
    }
    return found;
}

ValueId begin_at(Graph& graph, ValueId value) {
    CutParts parts = parts_at(graph, value);
    // What the host wrote for the nodes that are gone goes with them.
    for (const Node& node : parts.before)
        for (const ValueId id : node.inputs)
            if (graph.value(id).role == Role::input && !reads(parts.others, id))
                graph.value(id).role = Role::activation;
    ValueId input = value;
    if (const TensorType type = graph.type(value); type.dtype != DType::f32) {
        input = graph.input("features", f32(type.shape));
        parts.others.insert(parts.others.begin(), {"features", ops::cast(type.dtype), {input}, {value}});
    } else {
        graph.value(value).role = Role::input;
    }
    graph.set_nodes(std::move(parts.others));
    return input;
}

void end_at(Graph& graph, ValueId value) {
    graph.value(value).role = Role::metric;
    graph.set_nodes(parts_at(graph, value).before);
}

}  // namespace vkm::graph
