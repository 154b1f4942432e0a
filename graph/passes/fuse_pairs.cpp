#include <graph/operator.h>
#include <graph/passes/fuse_pairs.h>
#include <graph/passes/uses.h>

namespace vkm::graph {

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

namespace {

class PairFuser {
  public:
    PairFuser(Graph& graph, const PairRule& rule)
        : graph_(graph), rule_(rule), reads_(reads_by_value(graph)), producer_(graph.values().size()) {}

    std::vector<Node> run() {
        for (Node node : graph_.nodes()) {
            while (auto fused = fuse_with_an_input(node))
                node = std::move(*fused);
            for (const ValueId id : node.outputs)
                producer_[static_cast<size_t>(id)] = nodes_.size();
            nodes_.push_back(std::move(node));
        }
        drop_fused(nodes_);
        return std::move(nodes_);
    }

  private:
    std::optional<Node> fuse_with_an_input(const Node& reader) {
        for (size_t i = 0; i < reader.inputs.size(); ++i) {
            const auto id = static_cast<size_t>(reader.inputs[i]);
            // Values the rule added lie past the end; nodes produce none of them.
            if (id >= reads_.size() || reads_[id] != 1 || !producer_[id]) continue;
            if (graph_.value(reader.inputs[i]).role != Role::activation) continue;
            Node& producer = nodes_[*producer_[id]];
            const auto between = std::span<const Node>(nodes_).subspan(*producer_[id] + 1);
            if (producer.outputs.size() != 1 || !may_run_behind(graph_, producer, between)) continue;
            if (auto fused = rule_(graph_, producer, reader, i); fused && is_possible(graph_, *fused)) {
                producer.op = nullptr;
                return fused;
            }
        }
        return {};
    }

    Graph& graph_;
    const PairRule& rule_;
    std::vector<size_t> reads_;                    // by value
    std::vector<std::optional<size_t>> producer_;  // position in nodes_, by value
    std::vector<Node> nodes_;                      // without operator where fused into a later one
};

}  // namespace

Graph fuse_pairs(const Graph& graph, const PairRule& rule) {
    Graph fused = graph;
    std::vector<Node> nodes = PairFuser(fused, rule).run();
    fused.set_nodes(std::move(nodes));
    return fused;
}

}  // namespace vkm::graph
