#include <graph/kernels/bias_corrections.h>
#include <graph/kernels/grid_variants.h>
#include <graph/ops/adamw.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <cmath>

namespace vkm::graph::ops {
namespace {

class AdamWOperator final : public Optimizer {
  public:
    explicit AdamWOperator(const AdamW& adamw) : adamw_(adamw) {}

    std::string_view name() const override { return "adamw"; }

    std::vector<OptimizerSlot> slots() const override {
        return {{.name = "exp_avg"},
                {.name = "exp_avg_sq", .nonnegative = true},
                {.name = "updates",
                 .extent = OptimizerSlot::Extent::scalar,
                 .dtype = DType::i32,
                 .nonnegative = true}};
    }

    void lower(Lowering& lowering) const override {
        const Region corrections = bias_corrections(lowering, lowering.input(updates_made), guard(lowering),
                                                    adamw_.beta1, adamw_.beta2);
        const uint32_t workgroup = choose_workgroup(lowering);
        for (const Window& w : lowering.windows(lowering.input_type(parameters).bytes() / 16, {16})) {
            lowering.dispatch<shaders::Adamw>(
                {.constants = {.workgroup = workgroup},
                 .bindings = {.parameters = lowering.input(parameters).units(w.first, w.count, 16),
                              .gradients = lowering.input(gradients).units(w.first, w.count, 16),
                              .exp_avg = lowering.input(exp_avg).units(w.first, w.count, 16),
                              .exp_avg_sq = lowering.input(exp_avg_sq).units(w.first, w.count, 16),
                              .step_params = lowering.input(step_params()),
                              .corrections = corrections},
                 .push = {.quads = u32(w.count),
                          .one_minus_beta1 = static_cast<float>(1 - adamw_.beta1),
                          .beta2 = static_cast<float>(adamw_.beta2),
                          .one_minus_beta2 = static_cast<float>(1 - adamw_.beta2),
                          .epsilon = static_cast<float>(adamw_.epsilon),
                          .weight_decay = static_cast<float>(adamw_.weight_decay)},
                 .groups = fold_workgroups(divide_up(w.count, workgroup), lowering.plan())});
        }
    }

    void reference(ReferenceCall& call) const override {
        const double unscale = gradient_factor(call);
        if (unscale == 0) return;
        const double t = ++call.inout(updates_made).values[0], lr = call.step.learning_rate;
        const double correction1 = 1 - std::pow(adamw_.beta1, t), correction2 = 1 - std::pow(adamw_.beta2, t);
        for (size_t i = 0; i < call.in(parameters).values.size(); ++i) {
            double& p = call.inout(parameters).values[i];
            double& m = call.inout(exp_avg).values[i];
            double& v = call.inout(exp_avg_sq).values[i];
            const double g = unscale * call.in(gradients).values[i];
            m += (1 - adamw_.beta1) * (g - m);
            v = adamw_.beta2 * v + (1 - adamw_.beta2) * g * g;
            p -= lr * adamw_.weight_decay * p;
            if (m != 0) p -= lr * m / correction1 / (std::sqrt(v) / std::sqrt(correction2) + adamw_.epsilon);
        }
    }

  private:
    static constexpr size_t exp_avg = first_slot, exp_avg_sq = first_slot + 1, updates_made = first_slot + 2;
    AdamW adamw_;
};

}  // namespace

std::shared_ptr<const Optimizer> adamw(const AdamW& adamw) {
    return std::make_shared<AdamWOperator>(adamw);
}

}  // namespace vkm::graph::ops
