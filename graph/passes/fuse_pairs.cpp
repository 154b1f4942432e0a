#include <graph/operator.h>
#include <graph/passes/fuse_pairs.h>

#include <algorithm>

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
            if (producer->outputs.size() != 1 || !may_wait(*producer_[id])) continue;
            if (auto fused = rule_(graph_, *producer, reader, i); fused && is_possible(graph_, *fused)) {
                producer.reset();
                return fused;
            }
        }
        return {};
    }

    ValueId base(ValueId id) const {
        const ValueId view_of = graph_.value(id).view_of;
        return view_of == no_value ? id : view_of;
    }
    bool touches(const std::vector<ValueId>& ids, ValueId value) const {
        return std::any_of(ids.begin(), ids.end(), [&](ValueId id) { return base(id) == base(value); });
    }
    std::vector<ValueId> updated_by(const Node& node) const {
        std::vector<ValueId> ids;
        for (const size_t i : node.op->updates())
            ids.push_back(node.inputs[i]);
        return ids;
    }

    // Whether the node may run after all that come behind it so far.
    bool may_wait(size_t position) const {
        const Node& node = *nodes_[position];
        const std::vector<ValueId> updates = updated_by(node);
        for (size_t i = position + 1; i < nodes_.size(); ++i) {
            if (!nodes_[i]) continue;
            for (const ValueId id : updated_by(*nodes_[i]))
                if (touches(node.inputs, id)) return false;
            for (const ValueId id : nodes_[i]->inputs)
                if (touches(updates, id)) return false;
        }
        return true;
    }

    Graph& graph_;
    const PairRule& rule_;
    std::vector<int> readers_;                     // how often a value is read, by id
    std::vector<std::optional<size_t>> producer_;  // position in nodes_, by value
    std::vector<std::optional<Node>> nodes_;       // empty where fused into a later one
};

}  // namespace

Graph fuse_pairs(const Graph& graph, const PairRule& rule) {
    Graph fused = graph;
    std::vector<Node> nodes = PairFuser(fused, rule).run();
    fused.set_nodes(std::move(nodes));
    return fused;
}

}  // namespace vkm::graph
