#include <graph/kernels/grid_variants.h>
#include <graph/kernels/update_factor.h>
#include <graph/lower/lowering.h>
#include <graph/ops/rmsprop.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <algorithm>
#include <cmath>

namespace vkm::graph::ops {
namespace {

// Says where epsilon is: PyTorch's form, or TensorFlow's.
enum class Form : uint8_t { outside, inside };

class RmsPropOperator final : public Optimizer {
  public:
    RmsPropOperator(const RmsProp& rmsprop, Form form, ParameterRanges ranges)
        : Optimizer(std::move(ranges)), rmsprop_(rmsprop), form_(form) {}

    std::string_view name() const override { return inside() ? "rmsprop_tf" : "rmsprop"; }

    std::vector<OptimizerSlot> slots() const override {
        std::vector<OptimizerSlot> slots{
            {.name = "square_avg", .initial = inside() ? 1.0 : 0.0, .nonnegative = true}};
        if (rmsprop_.centered) slots.push_back({.name = "grad_avg"});
        if (has_momentum()) slots.push_back({.name = "momentum"});
        return slots;
    }

    void lower(Lowering& lowering) const override {
        const Region factors = update_factor(lowering, guard(lowering));
        const uint32_t workgroup = choose_workgroup(lowering);
        const Region shares = decay_shares(lowering);
        for (const Window& w : windows(lowering)) {
            const auto cut = [&](size_t input) { return lowering.input(input).units(w.first, w.count, 16); };
            lowering.dispatch<shaders::Rmsprop>(
                {.constants = {.workgroup = workgroup,
                               .inside = inside(),
                               .centered = rmsprop_.centered,
                               .momentum = has_momentum(),
                               .ranged = ranged()},
                 .bindings = {.parameters = cut(parameters),
                              .gradients = cut(gradients),
                              .square_avg = cut(square_avg),
                              .grad_avg = rmsprop_.centered ? cut(grad_avg) : Region{},
                              .momenta = has_momentum() ? cut(momenta()) : Region{},
                              .step_params = lowering.input(step_params()),
                              .factors = factors,
                              .shares = cut_shares(shares, w)},
                 .push = {.quads = u32(w.count),
                          .alpha = static_cast<float>(rmsprop_.alpha),
                          .one_minus_alpha = static_cast<float>(1 - rmsprop_.alpha),
                          .epsilon = static_cast<float>(rmsprop_.epsilon),
                          .momentum = static_cast<float>(rmsprop_.momentum),
                          .weight_decay = static_cast<float>(rmsprop_.weight_decay)},
                 .groups = fold_workgroups(divide_up(w.count, workgroup), lowering.plan())});
        }
    }

    void reference(ReferenceCall& call) const override {
        const double unscale = gradient_factor(call), lr = call.step.learning_rate;
        if (unscale == 0) return;
        const std::vector<double> shares = decay_by_element(call.in(parameters).values.size());
        for (size_t i = 0; i < shares.size(); ++i) {
            double& p = call.inout(parameters).values[i];
            double& s = call.inout(square_avg).values[i];
            const double g = unscale * call.in(gradients).values[i] + rmsprop_.weight_decay * shares[i] * p;
            s = rmsprop_.alpha * s + (1 - rmsprop_.alpha) * g * g;
            double variance = s;
            if (rmsprop_.centered) {
                double& a = call.inout(grad_avg).values[i];
                a += (1 - rmsprop_.alpha) * (g - a);
                variance = std::max(0.0, s - a * a);
            }
            const double spread =
                inside() ? std::sqrt(variance + rmsprop_.epsilon) : std::sqrt(variance) + rmsprop_.epsilon;
            double d = g == 0 ? 0 : g / spread;
            if (inside()) d *= lr;
            if (has_momentum()) {
                double& b = call.inout(momenta()).values[i];
                d = b = rmsprop_.momentum * b + d;
            }
            p -= inside() ? d : lr * d;
        }
    }

  private:
    bool inside() const { return form_ == Form::inside; }
    bool has_momentum() const { return rmsprop_.momentum > 0; }
    size_t momenta() const { return rmsprop_.centered ? grad_avg + 1 : grad_avg; }

    static constexpr size_t square_avg = first_slot, grad_avg = first_slot + 1;
    RmsProp rmsprop_;
    Form form_;
};

}  // namespace

std::shared_ptr<const Optimizer> rmsprop(const RmsProp& rmsprop, ParameterRanges ranges) {
    return std::make_shared<RmsPropOperator>(rmsprop, Form::outside, std::move(ranges));
}

std::shared_ptr<const Optimizer> rmsprop_tf(const RmsPropTf& r, ParameterRanges ranges) {
    return std::make_shared<RmsPropOperator>(
        RmsProp{r.alpha, r.epsilon, r.momentum, r.centered, r.weight_decay}, Form::inside, std::move(ranges));
}

}  // namespace vkm::graph::ops
