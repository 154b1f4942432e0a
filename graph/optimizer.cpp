#include <graph/flat_buffers.h>
#include <graph/lower/lowering.h>
#include <graph/optimizer.h>
#include <graph/reference/reference.h>

#include <algorithm>
#include <cmath>

namespace vkm::graph {
namespace {

TensorType slot_type(const OptimizerSlot& slot, const TensorType& parameters) {
    const bool scalar = slot.extent == OptimizerSlot::Extent::scalar;
    return {slot.dtype, scalar ? Shape{} : parameters.shape};
}

}  // namespace

OptimizerSlot update_count() {
    return {
        .name = "updates", .extent = OptimizerSlot::Extent::scalar, .dtype = DType::i32, .nonnegative = true};
}

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

bool Optimizer::ranged() const {
    return std::ranges::any_of(ranges_, [](const ParameterRange& range) { return range.decay != 1; });
}

Region Optimizer::decay_shares(Lowering& lowering) const {
    if (!ranged()) return {};
    const int64_t quads = lowering.input_type(parameters).bytes() / 16;
    std::vector<float> shares(static_cast<size_t>(4 * divide_up(quads, range_alignment_quads)), 1.0f);
    for (const ParameterRange& range : ranges_)
        for (int64_t unit = 0; unit * range_alignment_quads < range.quads(); ++unit)
            shares.at(static_cast<size_t>(4 * (range.first_quad / range_alignment_quads + unit))) =
                static_cast<float>(range.decay);
    return lowering.table(std::as_bytes(std::span(shares)), "shares");
}

std::vector<Window> Optimizer::windows(Lowering& lowering) const {
    const int64_t quads = lowering.input_type(parameters).bytes() / 16;
    if (!ranged()) return lowering.windows(quads, {16});
    std::vector<Window> windows =
        lowering.windows(divide_up(quads, range_alignment_quads), {16 * range_alignment_quads, 16});
    for (Window& w : windows) {
        w.first *= range_alignment_quads;
        w.count = std::min(w.count * range_alignment_quads, quads - w.first);
    }
    return windows;
}

Region Optimizer::cut_shares(const Region& shares, const Window& w) {
    if (shares.empty()) return {};
    return shares.units(w.first / range_alignment_quads, divide_up(w.count, range_alignment_quads), 16);
}

std::vector<double> Optimizer::decay_by_element(size_t elements) const {
    std::vector<double> shares(elements, 1.0);
    for (const ParameterRange& range : ranges_)
        for (int64_t i = 0; i < 4 * align_up(range.quads(), range_alignment_quads); ++i)
            shares.at(static_cast<size_t>(4 * range.first_quad + i)) = range.decay;
    return shares;
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
