#include <graph/operator.h>
#include <graph/passes/fuse_pairs.h>

namespace vkm::graph {
namespace {

// Whether the operator's shape rule agrees: the inputs fit, and the outputs are what they were.
bool is_possible(const Graph& graph, const Node& node) {
    const auto types = [&](const std::vector<ValueId>& ids) {
        std::vector<TensorType> list;
        for (const ValueId id : ids)
            list.push_back(graph.type(id));
        return list;
    };
    try {
        return node.op->infer(types(node.inputs)) == types(node.outputs);
    } catch (const ShapeError&) {
        return false;
    }
}

class PairFuser {
  public:
    PairFuser(Graph& graph, const PairRule& rule)
        : graph_(graph), rule_(rule), readers_(graph.values().size(), 0), producer_(graph.values().size()) {
        for (const Node& node : graph.nodes())
            for (const ValueId id : node.inputs)
                ++readers_[static_cast<size_t>(id)];
    }

    std::vector<Node> run() {
        for (Node node : graph_.nodes()) {
            while (auto fused = fuse_with_an_input(node))
                node = std::move(*fused);
            for (const ValueId id : node.outputs)
                producer_[static_cast<size_t>(id)] = nodes_.size();
            nodes_.push_back(std::move(node));
        }
        std::vector<Node> left;
        for (auto& node : nodes_)
            if (node) left.push_back(std::move(*node));
        return left;
    }

  private:
    std::optional<Node> fuse_with_an_input(const Node& reader) {
        for (size_t i = 0; i < reader.inputs.size(); ++i) {
            const auto id = static_cast<size_t>(reader.inputs[i]);
            // Values the rule added lie past the end; nodes produce none of them.
            if (id >= readers_.size() || readers_[id] != 1 || !producer_[id]) continue;
            if (graph_.value(reader.inputs[i]).role != Role::activation) continue;
            auto& producer = nodes_[*producer_[id]];
            if (producer->outputs.size() != 1) continue;
            if (auto fused = rule_(graph_, *producer, reader, i); fused && is_possible(graph_, *fused)) {
                producer.reset();
                return fused;
            }
        }
        return {};
    }

    Graph& graph_;
    const PairRule& rule_;
    std::vector<int> readers_;                     // how often a value is read, by id
    std::vector<std::optional<size_t>> producer_;  // position in nodes_, by value
    std::vector<std::optional<Node>> nodes_;       // empty where fused into a later one
};

}  // namespace

Graph fuse_pairs(const Graph& graph, const PairRule& rule) {
    for (const Node& node : graph.nodes())
        if (!node.op->updates().empty())
            throw Error("{} ({}) updates values in place: only inference graphs can be fused", node.layer,
                        node.op->name());
    Graph fused = graph;
    std::vector<Node> nodes = PairFuser(fused, rule).run();
    fused.set_nodes(std::move(nodes));
    return fused;
}

}  // namespace vkm::graph
