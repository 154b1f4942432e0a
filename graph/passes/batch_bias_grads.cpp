#include <graph/operator.h>
#include <graph/ops/bias_grad.h>
#include <graph/passes/batch_bias_grads.h>
#include <graph/passes/uses.h>

#include <algorithm>
#include <utility>

namespace vkm::graph {
namespace {

bool is_of_vectors(const Graph& graph, const Node& node) {
    if (!as<ops::BiasGrad>(node) || node.inputs.size() != 1) return false;
    const Shape& dy = graph.type(node.inputs[0]).shape;
    return dy.h * dy.w == 1;
}

// Collects nodes until they are as many as one can do the work of.
class Batch {
  public:
    explicit Batch(std::vector<Node>& nodes) : nodes_(nodes) {}

    bool takes(const Graph& graph, size_t next) const {
        return members_.empty() || (members_.size() < ops::most_bias_grads &&
                                    type_of(graph, next).dtype == type_of(graph, members_[0]).dtype);
    }
    void add(size_t node) { members_.push_back(node); }

    bool is_read_by(const Node& node) const {
        return std::ranges::any_of(members_, [&](size_t m) { return reads(node, nodes_[m].outputs[0]); });
    }

    // Puts one node in place of the last one.
    void close() {
        if (members_.size() > 1) {
            Node all{nodes_[members_.back()].layer, ops::bias_grad(), {}, {}};
            for (const size_t member : members_) {
                all.inputs.push_back(nodes_[member].inputs[0]);
                all.outputs.push_back(nodes_[member].outputs[0]);
                nodes_[member].op = nullptr;
            }
            nodes_[members_.back()] = std::move(all);
        }
        members_.clear();
    }

  private:
    const TensorType& type_of(const Graph& graph, size_t node) const {
        return graph.type(nodes_[node].inputs[0]);
    }

    std::vector<Node>& nodes_;
    std::vector<size_t> members_;
};

}  // namespace

Graph batch_bias_grads(const Graph& graph) {
    Graph batched = graph;
    std::vector<Node> nodes = graph.nodes();
    Batch batch(nodes);
    for (size_t i = 0; i < nodes.size(); ++i) {
        if (batch.is_read_by(nodes[i])) batch.close();
        if (!is_of_vectors(graph, nodes[i])) continue;
        if (!batch.takes(graph, i)) batch.close();
        batch.add(i);
    }
    batch.close();
    drop_fused(nodes);
    batched.set_nodes(std::move(nodes));
    return batched;
}

}  // namespace vkm::graph
