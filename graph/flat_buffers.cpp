#include <graph/flat_buffers.h>

#include <algorithm>

namespace vkm::graph {
namespace {

// Twice the largest minimum offset alignment Vulkan allows: in a half-precision copy of a flat buffer a range
// begins at half its offset.
constexpr int64_t view_alignment = 512;

const char* flat_name(Role role) {
    switch (role) {
        case Role::parameter:
            return "parameters";
        case Role::gradient:
            return "gradients";
        case Role::state:
            return "states";
        case Role::frozen:
            return "frozen";
        case Role::derived:
            return "derived";
        default:
            return "";
    }
}

void pack(Graph& graph, Role role, bool reversed) {
    if (flat_buffer(graph, role) != no_value) return;
    std::vector<ValueId> members = graph.with_role(role);
    if (members.empty()) return;
    if (reversed) std::reverse(members.begin(), members.end());
    int64_t bytes = 0;
    std::vector<int64_t> offsets;
    for (const ValueId id : members) {
        offsets.push_back(bytes);
        // Gradients are fp32 whatever the parameter's type, and lie at the same offset.
        bytes = (bytes + f32(graph.type(id).shape).bytes() + view_alignment - 1) / view_alignment *
                view_alignment;
    }
    const ValueId base = add_flat_buffer(graph, role, channel_vector(bytes / 4));
    for (size_t i = 0; i < members.size(); ++i) {
        graph.value(members[i]).view_of = base;
        graph.value(members[i]).view_offset = offsets[i];
    }
}

}  // namespace

void pack_parameters(Graph& graph) {
    pack(graph, Role::parameter, true);
    pack(graph, Role::state, false);
    pack(graph, Role::frozen, false);
    pack(graph, Role::derived, false);
}

std::vector<ValueId> flat_buffers(const Graph& graph, Role role) {
    std::vector<ValueId> ids = graph.with_role(role);
    std::erase_if(ids, [&](ValueId id) { return graph.value(id).view_of != no_value; });
    return ids;
}

ValueId flat_buffer(const Graph& graph, Role role) {
    for (const ValueId id : flat_buffers(graph, role))
        if (graph.value(id).name == flat_name(role)) return id;
    return no_value;
}

ValueId add_flat_buffer(Graph& graph, Role role, const TensorType& type) {
    return graph.add_value({.name = flat_name(role), .type = type, .role = role, .info = {}});
}

}  // namespace vkm::graph
