#include <graph/operator.h>
#include <graph/passes/uses.h>
#include <graph/place/chain.h>

#include <algorithm>
#include <map>
#include <utility>

namespace vkm::graph {
namespace {

class Chain {
  public:
    explicit Chain(std::span<const Graph* const> graphs) {
        result_.moved.resize(graphs.size());
        add_values(*graphs.back(), result_.moved.back());
        for (size_t i = 0; i + 1 < graphs.size(); ++i)
            add_values(*graphs[i], result_.moved[i]);
        for (size_t i = 0; i < graphs.size(); ++i) {
            result_.begins.push_back(nodes_.size());
            for (const Node& node : graphs[i]->nodes())
                append(node, result_.moved[i]);
        }
        result_.graph.set_nodes(std::move(nodes_));
    }

    ChainedGraph take() { return std::move(result_); }

  private:
    void add_values(const Graph& graph, std::vector<ValueId>& moved) {
        for (size_t i = 0; i < graph.values().size(); ++i)
            moved.push_back(value(graph, static_cast<ValueId>(i)));
        // A range may be known before what it is a range of.
        for (size_t i = 0; i < moved.size(); ++i)
            if (const ValueId base = graph.values()[i].view_of; base != no_value)
                result_.graph.value(moved[i]).view_of = moved[static_cast<size_t>(base)];
    }

    // Returns the chain's value for a graph's: a new one, or what an earlier graph has of that name.
    ValueId value(const Graph& graph, ValueId id) {
        const Value& value = graph.value(id);
        // Each batch makes the ranges of the flat gradients anew.
        const bool kept = persistent(value.role) && !(value.view_of != no_value && value.producer >= 0);
        if (!kept) return add(value);
        const auto known = kept_.find({value.role, value.name});
        if (known == kept_.end()) return kept_[{value.role, value.name}] = add(value);
        if (!(result_.graph.type(known->second) == value.type))
            throw Error("the batches of a step disagree on {}", value.name);
        return known->second;
    }

    ValueId add(const Value& value) { return result_.graph.add_value(value); }

    void append(Node node, std::vector<ValueId>& moved) {
        for (auto* ids : {&node.inputs, &node.outputs})
            for (ValueId& id : *ids)
                id = moved.at(static_cast<size_t>(id));
        if (is_of_weights(node)) {
            std::vector<Node>& known = of_weights_[node.op.get()];
            for (const Node& earlier : known)
                if (earlier.inputs == node.inputs) return stand_in(node, earlier, moved);
            known.push_back(node);
        }
        nodes_.push_back(std::move(node));
    }

    // Returns whether a node makes the same in every batch: of weights that only the end of the step changes.
    bool is_of_weights(const Node& node) const {
        const auto is_weight = [&](ValueId id) {
            const Role role = result_.graph.value(base_of(result_.graph, id)).role;
            return role == Role::parameter || role == Role::frozen || role == Role::derived;
        };
        const auto is_between = [&](ValueId id) { return result_.graph.value(id).role == Role::activation; };
        return node.op->updates().empty() && std::ranges::all_of(node.inputs, is_weight) &&
               std::ranges::all_of(node.outputs, is_between);
    }

    // Has what a node would make read from where an earlier one made it.
    void stand_in(const Node& node, const Node& earlier, std::vector<ValueId>& moved) {
        for (size_t i = 0; i < node.outputs.size(); ++i) {
            const ValueId made = earlier.outputs[i];
            for (size_t id = 0; id < result_.graph.values().size(); ++id)
                if (Value& range = result_.graph.value(static_cast<ValueId>(id));
                    range.view_of == node.outputs[i])
                    range.view_of = made;
            std::ranges::replace(moved, node.outputs[i], made);
        }
    }

    ChainedGraph result_;
    std::vector<Node> nodes_;
    std::map<std::pair<Role, std::string>, ValueId> kept_;
    std::map<const Operator*, std::vector<Node>> of_weights_;
};

}  // namespace

ChainedGraph chain(std::span<const Graph* const> graphs) {
    return Chain(graphs).take();
}

}  // namespace vkm::graph
