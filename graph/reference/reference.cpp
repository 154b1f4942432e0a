#include <graph/operator.h>
#include <graph/reference/reference.h>

#include <algorithm>

namespace vkm::graph {
namespace {

// Visits the elements of a view, channel padding included. Element i of a flat buffer is the float at
// byte 4 i, or the half float at byte 2 i.
template <typename Copy>
void for_each_element(const Value& view, HostTensor& tensor, const Value& base, HostTensor& flat, Copy copy) {
    const int64_t element = base.type.dtype == DType::f16 ? 2 : 4;
    const int64_t first = view.view_offset / element, row_elements = view.type.row_bytes() / element;
    for (int64_t row = 0; row < tensor.shape.rows(); ++row)
        for (int64_t c = 0; c < tensor.shape.c; ++c)
            copy(tensor.at(row, c), flat.values[static_cast<size_t>(first + row * row_elements + c)]);
}

class Interpreter {
  public:
    Interpreter(const Graph& graph, std::map<ValueId, HostTensor>& values) : graph_(graph), values_(values) {}

    void run(const Node& node, const StepParams& step) {
        ReferenceCall call{{}, {}, step};
        for (const ValueId id : node.inputs) {
            gather(id);
            call.inputs.push_back(&tensor(id));
        }
        for (const ValueId id : node.outputs) {
            values_[id] = HostTensor(graph_.type(id).shape);
            call.outputs.push_back(&values_[id]);
        }
        node.op->reference(call);
        for (const ValueId id : node.outputs)
            make_ranges(id);
        for (const size_t i : node.op->updates())
            scatter(node.inputs.at(i));
    }

  private:
    HostTensor& tensor(ValueId id) {
        const auto found = values_.find(id);
        if (found != values_.end()) return found->second;
        const Value& value = graph_.value(id);
        if (value.role == Role::input || value.role == Role::parameter || value.role == Role::frozen ||
            value.role == Role::derived)
            throw Error("the reference has no value for {}", value.name);
        HostTensor& fresh = values_[id] = HostTensor(value.type.shape);
        std::ranges::fill(fresh.values, value.initial);
        return fresh;
    }

    void gather(ValueId base) {
        for (size_t i = 0; i < graph_.values().size(); ++i) {
            const Value& view = graph_.values()[i];
            const auto found = values_.find(static_cast<ValueId>(i));
            if (view.view_of != base || found == values_.end()) continue;
            if (!values_.contains(base)) values_[base] = HostTensor(graph_.type(base).shape);
            for_each_element(view, found->second, graph_.value(base), values_[base],
                             [](double& a, double& b) { b = a; });
        }
    }

    void make_ranges(ValueId base) {
        for (size_t i = 0; i < graph_.values().size(); ++i)
            if (const Value& view = graph_.values()[i]; view.view_of == base)
                values_[static_cast<ValueId>(i)] = HostTensor(view.type.shape);
        scatter(base);
    }

    void scatter(ValueId base) {
        for (size_t i = 0; i < graph_.values().size(); ++i) {
            const Value& view = graph_.values()[i];
            const auto found = values_.find(static_cast<ValueId>(i));
            if (view.view_of != base || found == values_.end()) continue;
            for_each_element(view, found->second, graph_.value(base), values_[base],
                             [](double& a, double& b) { a = b; });
        }
    }

    const Graph& graph_;
    std::map<ValueId, HostTensor>& values_;
};

}  // namespace

void run_reference(const Graph& graph, std::map<ValueId, HostTensor>& values, const StepParams& step) {
    Interpreter interpreter(graph, values);
    for (const Node& node : graph.nodes())
        interpreter.run(node, step);
}

}  // namespace vkm::graph
