#include <graph/graph.h>
#include <graph/operator.h>

#include <algorithm>

namespace vkm::graph {

TensorType stored_type(const ParameterInfo& info) {
    const auto& s = info.torch_shape;
    const auto dimension = [&](size_t i) { return i < s.size() ? s[i] : int64_t{1}; };
    switch (info.layout) {
        case WeightLayout::vector:
            return channel_vector(dimension(0));
        case WeightLayout::matrix:
            return f32({1, 1, round_up4(dimension(1)), dimension(0)});
        case WeightLayout::depthwise:
            return f32({1, dimension(2), dimension(3), dimension(0)});
        case WeightLayout::dense:
            return f32({dimension(2), dimension(3), round_up4(dimension(1)), dimension(0)});
    }
    return {};
}

ValueId Graph::add_value(Value value) {
    values_.push_back(std::move(value));
    return static_cast<ValueId>(values_.size() - 1);
}

ValueId Graph::input(std::string name, TensorType type) {
    return add_value({.name = std::move(name), .type = type, .role = Role::input, .info = {}});
}

ValueId Graph::parameter(ParameterInfo info) {
    const TensorType type = stored_type(info);
    return add_value({.name = info.name, .type = type, .role = Role::parameter, .info = std::move(info)});
}

ValueId Graph::state(ParameterInfo info) {
    const TensorType type = stored_type(info);
    return add_value({.name = info.name, .type = type, .role = Role::state, .info = std::move(info)});
}

ValueId Graph::step_params() {
    for (size_t i = 0; i < values_.size(); ++i)
        if (values_[i].role == Role::step_params) return static_cast<ValueId>(i);
    return add_value(
        {.name = "step_params", .type = channel_vector(16), .role = Role::step_params, .info = {}});
}

std::vector<ValueId> Graph::add(std::string layer, std::shared_ptr<const Operator> op,
                                std::vector<ValueId> inputs) {
    std::vector<TensorType> types;
    types.reserve(inputs.size());
    for (const ValueId id : inputs)
        types.push_back(type(id));
    std::vector<TensorType> outputs;
    try {
        outputs = op->infer(types);
    } catch (const ShapeError& error) {
        throw ShapeError("{} ({}): {}", layer, op->name(), error.what());
    }
    const auto node = static_cast<NodeId>(nodes_.size());
    std::vector<ValueId> ids;
    for (size_t i = 0; i < outputs.size(); ++i) {
        std::string name = fmt::format("{}/{}", layer, op->name());
        if (i > 0) name += fmt::format(":{}", i);
        ids.push_back(add_value({.name = std::move(name), .type = outputs[i], .producer = node, .info = {}}));
    }
    nodes_.push_back({std::move(layer), std::move(op), std::move(inputs), ids});
    return ids;
}

ValueId Graph::add1(std::string layer, std::shared_ptr<const Operator> op, std::vector<ValueId> inputs) {
    return add(std::move(layer), std::move(op), std::move(inputs)).at(0);
}

ValueId Graph::find(std::string_view name) const {
    for (size_t i = 0; i < values_.size(); ++i)
        if (values_[i].name == name) return static_cast<ValueId>(i);
    throw Error("the graph has no value named '{}'", name);
}

std::vector<ValueId> Graph::with_role(Role role) const {
    std::vector<ValueId> ids;
    for (size_t i = 0; i < values_.size(); ++i)
        if (values_[i].role == role) ids.push_back(static_cast<ValueId>(i));
    return ids;
}

void Graph::set_nodes(std::vector<Node> nodes) {
    nodes_ = std::move(nodes);
    for (Value& value : values_)
        value.producer = -1;
    for (size_t i = 0; i < nodes_.size(); ++i)
        for (const ValueId id : nodes_[i].outputs)
            value(id).producer = static_cast<NodeId>(i);
    for (Value& view : values_)  // ranges of what a node writes whole
        if (view.view_of != no_value && view.producer < 0) view.producer = value(view.view_of).producer;
}

int64_t parameter_count(const Graph& graph) {
    int64_t count = 0;
    for (const Value& value : graph.values()) {
        if (value.role != Role::parameter || !value.info) continue;
        int64_t elements = 1;
        for (const int64_t dimension : value.info->torch_shape)
            elements *= dimension;
        count += elements;
    }
    return count;
}

}  // namespace vkm::graph
