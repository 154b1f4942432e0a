#include <graph/kernels/grid_variants.h>
#include <graph/lower/lowering.h>
#include <graph/ops/loss_scale.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <algorithm>
#include <cmath>

namespace vkm::graph::ops {
namespace {

class UpdateLossScale final : public Operator {
  public:
    explicit UpdateLossScale(const LossScale& scale) : scale_(scale) {}

    std::string_view name() const override { return "update_loss_scale"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        if (inputs[0].dtype != DType::f32 || !(inputs[1] == loss_scale_type()))
            throw ShapeError("gradients are {} and the loss scale is {}", inputs[0].text(), inputs[1].text());
        return {record_type<LossScaleVerdict>()};
    }

    std::vector<size_t> updates() const override { return {1}; }

    void lower(Lowering& lowering) const override {
        const KernelPlan plan = plan_of_reduction(lowering);
        const uint32_t workgroup = plan.kernels.workgroup, most = plan.kernels.target_workgroups;
        const std::vector<Window> windows = lowering.windows(lowering.input_type(0).bytes() / 16, {16});
        const auto workgroups = [&](const Window& w) {
            return std::min(divide_up(w.count, workgroup), most);
        };
        uint32_t parts = 0;
        for (const Window& w : windows)
            parts += workgroups(w);
        const Region found = lowering.scratch(int64_t{parts} * 16, "found");
        uint32_t part = 0;
        for (const Window& w : windows) {
            const uint32_t count = workgroups(w);
            lowering.dispatch<shaders::FindNonFinite>(
                {.constants = {.workgroup = workgroup},
                 .bindings = {.x = lowering.input(0).units(w.first, w.count, 16), .found = found},
                 .push = {.quads = u32(w.count), .first = part, .workgroups = count},
                 .groups = fold_workgroups(count, lowering.plan())});
            part += count;
        }
        lowering.dispatch<shaders::UpdateLossScale>(
            {.constants = {.workgroup = workgroup},
             .bindings = {.found = found, .state = lowering.input(1), .verdict = lowering.output()},
             .push = {.parts = parts,
                      .growth_interval = scale_.growth_interval,
                      .lowest = relative(scale_.lowest_exponent),
                      .highest = relative(scale_.highest_exponent)}});
    }

    void reference(ReferenceCall& call) const override {
        const bool overflow =
            !std::ranges::all_of(call.in(0).values, [](double g) { return std::isfinite(g); });
        const double scale = loss_scale_of(call.in(1));
        double& exponent = call.inout(1).values[0];
        double& good = call.inout(1).values[1];
        double& skipped = call.inout(1).values[2];
        const bool lowest = exponent <= relative(scale_.lowest_exponent);
        skipped += overflow;
        good = overflow ? 0 : good + 1;
        if (overflow) {
            exponent = std::max<double>(exponent - 1, relative(scale_.lowest_exponent));
        } else if (good >= scale_.growth_interval) {
            exponent = std::min<double>(exponent + 1, relative(scale_.highest_exponent));
            good = 0;
        }
        call.out().values = {overflow ? 0 : 1 / scale, scale, skipped, overflow && lowest ? 1.0 : 0.0};
    }

  private:
    static int32_t relative(int exponent) { return exponent - initial_loss_scale_exponent; }

    LossScale scale_;
};

}  // namespace

TensorType loss_scale_type() {
    return {DType::i32, {1, 1, 1, 4}};
}

ValueId loss_scale(Graph& graph) {
    const std::vector<ValueId> known = graph.with_role(Role::loss_scale);
    if (!known.empty()) return known.front();
    return graph.add_value(
        {.name = "loss_scale", .type = loss_scale_type(), .role = Role::loss_scale, .info = {}});
}

double loss_scale_of(const HostTensor& state) {
    return std::ldexp(
        1.0, std::clamp(initial_loss_scale_exponent + static_cast<int>(state.values.at(0)), -126, 127));
}

std::shared_ptr<const Operator> update_loss_scale(const LossScale& scale) {
    return std::make_shared<UpdateLossScale>(scale);
}

}  // namespace vkm::graph::ops
