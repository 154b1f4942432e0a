#include <graph/flat_buffers.h>
#include <graph/lower/lowering.h>
#include <graph/optimizer.h>
#include <graph/reference/reference.h>

#include <cmath>

namespace vkm::graph {
namespace {

TensorType slot_type(const OptimizerSlot& slot, const TensorType& parameters) {
    const bool scalar = slot.extent == OptimizerSlot::Extent::scalar;
    return {slot.dtype, scalar ? Shape{} : parameters.shape};
}

}  // namespace

std::vector<TensorType> Optimizer::infer(std::span<const TensorType> inputs) const {
    const std::vector<OptimizerSlot> declared = slots();
    if (inputs.size() <= step_params())
        throw ShapeError("{} inputs are fewer than parameters, gradients, {} slots and step_params",
                         inputs.size(), declared.size());
    if (!(inputs[parameters] == inputs[gradients]) || inputs[parameters].dtype != DType::f32)
        throw ShapeError("parameters and gradients are {} and {}", inputs[parameters].text(),
                         inputs[gradients].text());
    for (size_t i = 0; i < declared.size(); ++i)
        if (const TensorType type = slot_type(declared[i], inputs[parameters]);
            !(inputs[first_slot + i] == type))
            throw ShapeError("{} is {}, not {}", declared[i].name, inputs[first_slot + i].text(),
                             type.text());
    return {};
}

std::vector<size_t> Optimizer::updates() const {
    std::vector<size_t> updated{parameters};
    for (size_t i = first_slot; i < step_params(); ++i)
        updated.push_back(i);
    return updated;
}

UpdateGuard Optimizer::guard(Lowering& lowering) const {
    const size_t loss = step_params() + 1, verdict = loss + 1;
    const bool guarded = lowering.input_count() > loss, scaled = lowering.input_count() > verdict;
    return {guarded ? lowering.input(loss) : Region{}, scaled ? lowering.input(verdict) : Region{}, guarded,
            scaled};
}

double Optimizer::gradient_factor(const ReferenceCall& call) const {
    const size_t loss = step_params() + 1, verdict = loss + 1;
    if (call.inputs.size() > loss && !std::isfinite(call.in(loss).values[0])) return 0;
    return call.inputs.size() > verdict ? call.in(verdict).values[0] : 1;
}

void add_optimizer(Graph& graph, std::shared_ptr<const Optimizer> optimizer, ValueId loss, ValueId verdict) {
    const ValueId parameters = flat_buffer(graph, Role::parameter);
    std::vector<ValueId> inputs{parameters, flat_buffer(graph, Role::gradient)};
    for (const OptimizerSlot& slot : optimizer->slots())
        inputs.push_back(graph.add_value({.name = fmt::format("optimizer.{}", slot.name),
                                          .type = slot_type(slot, graph.type(parameters)),
                                          .role = Role::optimizer,
                                          .info = {},
                                          .initial = slot.initial,
                                          .nonnegative = slot.nonnegative}));
    inputs.push_back(graph.step_params());
    inputs.push_back(loss);
    if (verdict != no_value) inputs.push_back(verdict);
    graph.add("optimizer", std::move(optimizer), std::move(inputs));
}

}  // namespace vkm::graph
