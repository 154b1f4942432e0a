#include <graph/flat_buffers.h>
#include <graph/operator.h>
#include <graph/ops/all_reduce.h>
#include <graph/passes/reduce_gradients.h>
#include <graph/passes/uses.h>

#include <algorithm>
#include <map>

namespace vkm::graph {
namespace {

struct Bucket {
    int64_t begin = 0, end = 0;  // bytes of the flat buffer
    NodeId last_writer = -1;
};

std::vector<Bucket> buckets(const Graph& graph, ValueId flat, int64_t bucket_bytes) {
    std::vector<Bucket> result;
    for (const ValueId id : ranges_of(graph, flat)) {
        const Value& gradient = graph.value(id);
        if (result.empty() || result.back().end - result.back().begin >= bucket_bytes)
            result.push_back({gradient.view_offset, gradient.view_offset, -1});
        Bucket& bucket = result.back();
        bucket.end = gradient.view_offset + gradient.type.bytes();
        bucket.last_writer = std::max(bucket.last_writer, gradient.producer);
    }
    // What updates the whole buffer in place is the last to write all of it.
    for (size_t i = 0; i < graph.nodes().size(); ++i)
        if (std::ranges::count(updated_by(graph.nodes()[i]), flat) > 0)
            for (Bucket& bucket : result)
                bucket.last_writer = std::max(bucket.last_writer, static_cast<NodeId>(i));
    return result;
}

}  // namespace

Graph reduce_gradients(Graph graph, int64_t bucket_bytes) {
    const ValueId flat = flat_buffer(graph, Role::gradient);
    if (flat == no_value) throw Error("reduce_gradients needs add_gradients first");
    std::multimap<NodeId, Node> behind;
    for (const Bucket& bucket : buckets(graph, flat, bucket_bytes)) {
        const std::string name = fmt::format("gradients[{}, {})", bucket.begin, bucket.end);
        const ValueId range = graph.add_value({.name = name,
                                               .type = channel_vector((bucket.end - bucket.begin) / 4),
                                               .role = Role::gradient,
                                               .info = {},
                                               .view_of = flat,
                                               .view_offset = bucket.begin});
        behind.emplace(bucket.last_writer, Node{name, ops::all_reduce(Reduction::sum), {range}, {}});
    }
    std::vector<Node> nodes;
    for (size_t i = 0; i < graph.nodes().size(); ++i) {
        nodes.push_back(graph.nodes()[i]);
        const auto [first, last] = behind.equal_range(static_cast<NodeId>(i));
        for (auto at = first; at != last; ++at)
            nodes.push_back(at->second);
    }
    graph.set_nodes(std::move(nodes));
    return graph;
}

}  // namespace vkm::graph
