#include <graph/flat_buffers.h>
#include <graph/gradients.h>
#include <graph/operator.h>
#include <graph/ops/add.h>
#include <graph/ops/copy.h>

#include <algorithm>

namespace vkm::graph {
namespace {

// Returns which values have one of these behind them: only their gradients are worth computing.
std::vector<bool> depends_on(const Graph& graph, const std::vector<ValueId>& sources) {
    std::vector<bool> depends(graph.values().size(), false);
    for (const ValueId id : sources)
        depends[static_cast<size_t>(id)] = true;
    for (const Node& node : graph.nodes()) {
        const bool any = std::any_of(node.inputs.begin(), node.inputs.end(),
                                     [&](ValueId id) { return depends[static_cast<size_t>(id)]; });
        for (const ValueId id : node.outputs)
            depends[static_cast<size_t>(id)] = depends[static_cast<size_t>(id)] || any;
    }
    return depends;
}

bool is_read(const Graph& graph, ValueId id) {
    return std::any_of(graph.nodes().begin(), graph.nodes().end(), [id](const Node& node) {
        return std::find(node.inputs.begin(), node.inputs.end(), id) != node.inputs.end();
    });
}

// Appends the backward nodes of the nodes behind `first` up to the one that makes `last`. `gradients`, by
// value, holds what is known of them; a loss has none: its own rule starts the chain.
void add_backward_nodes(Graph& graph, NodeId first, ValueId last, const std::vector<bool>& wanted,
                        std::vector<ValueId>& gradients) {
    for (NodeId id = graph.value(last).producer; id > first; --id) {
        const Node node = graph.nodes()[static_cast<size_t>(id)];
        const bool reached = std::any_of(node.outputs.begin(), node.outputs.end(), [&](ValueId v) {
            return v == last || gradients[static_cast<size_t>(v)] != no_value;
        });
        const bool useful = std::any_of(node.outputs.begin(), node.outputs.end(),
                                        [&](ValueId v) { return wanted[static_cast<size_t>(v)]; });
        if (!reached || !useful) continue;
        GradientBuilder builder(graph, node, gradients, wanted);
        node.op->gradient(builder);
    }
}

}  // namespace

void Operator::gradient(GradientBuilder&) const {
    throw Error("operator {} has no gradient", name());
}

GradientBuilder::GradientBuilder(Graph& graph, const Node& node, std::vector<ValueId>& gradients,
                                 const std::vector<bool>& wanted)
    : graph_(graph), node_(node), gradients_(gradients), wanted_(wanted) {}

ValueId GradientBuilder::output_gradient(size_t i) const {
    return gradients_.at(static_cast<size_t>(output(i)));
}

bool GradientBuilder::wants(size_t i) const {
    return wanted_.at(static_cast<size_t>(input(i)));
}

std::vector<ValueId> GradientBuilder::add(std::shared_ptr<const Operator> op, std::vector<ValueId> inputs) {
    return graph_.add(node_.layer, std::move(op), std::move(inputs));
}

ValueId GradientBuilder::add1(std::shared_ptr<const Operator> op, std::vector<ValueId> inputs) {
    return add(std::move(op), std::move(inputs)).at(0);
}

void GradientBuilder::contribute(size_t i, ValueId gradient) {
    if (!wants(i)) return;
    ValueId& known = gradients_.at(static_cast<size_t>(input(i)));
    known = known == no_value ? gradient : add1(ops::add(), {known, gradient});
}

void add_gradients(Graph& graph, ValueId loss) {
    const ValueId parameters = flat_buffer(graph, Role::parameter);
    if (parameters == no_value) throw Error("add_gradients needs pack_parameters first");
    std::vector<ValueId> gradients(graph.values().size(), no_value);
    add_backward_nodes(graph, -1, loss, depends_on(graph, graph.with_role(Role::parameter)), gradients);
    if (std::ranges::none_of(graph.with_role(Role::parameter),
                             [&](ValueId id) { return gradients.at(static_cast<size_t>(id)) != no_value; }))
        throw Error("{} depends on no parameter: there is nothing to train", graph.value(loss).name);
    const ValueId base = add_flat_buffer(graph, Role::gradient, graph.type(parameters));
    for (size_t i = 0; i < gradients.size(); ++i) {
        const Value parameter = graph.value(static_cast<ValueId>(i));
        if (parameter.role != Role::parameter || gradients[i] == no_value) continue;
        // A range of the flat buffer has one writer and is summed over devices in place. A gradient that is
        // somebody else's value too is therefore copied.
        const Value& known = graph.value(gradients[i]);
        if (known.producer < 0 || known.role != Role::activation || is_read(graph, gradients[i]))
            gradients[i] = graph.add1(parameter.name, ops::copy(), {gradients[i]});
        Value& gradient = graph.value(gradients[i]);
        gradient.role = Role::gradient;
        gradient.name = parameter.name + "/gradient";
        gradient.view_of = base;
        gradient.view_offset = parameter.view_offset;
    }
}

ValueId add_gradient(Graph& graph, ValueId y, ValueId dy, ValueId x) {
    if (!(graph.type(dy) == graph.type(y)))
        throw Error("a gradient {} is not of {}, which is {}", graph.type(dy).text(), graph.value(y).name,
                    graph.type(y).text());
    std::vector<ValueId> gradients(graph.values().size(), no_value);
    gradients[static_cast<size_t>(y)] = dy;
    add_backward_nodes(graph, graph.value(x).producer, y, depends_on(graph, {x}), gradients);
    const ValueId dx = gradients[static_cast<size_t>(x)];
    if (dx == no_value) throw Error("{} does not depend on {}", graph.value(y).name, graph.value(x).name);
    return dx;
}

ValueId gradient_of(const Graph& graph, ValueId parameter) {
    for (const ValueId id : graph.with_role(Role::gradient))
        if (graph.value(id).view_of != no_value &&
            graph.value(id).view_offset == graph.value(parameter).view_offset)
            return id;
    throw Error("the loss does not depend on parameter {}", graph.value(parameter).name);
}

}  // namespace vkm::graph
