#include <graph/kernels/grid_variants.h>
#include <graph/lower/lowering.h>
#include <graph/ops/sgd.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <cmath>

namespace vkm::graph::ops {
namespace {

class SgdOperator final : public Operator {
  public:
    explicit SgdOperator(const Sgd& sgd) : sgd_(sgd) {}

    std::string_view name() const override { return "sgd"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        if (!(inputs[0] == inputs[1] && inputs[0] == inputs[2]) || inputs[0].dtype != DType::f32)
            throw ShapeError("parameters, gradients and momenta are {}, {} and {}", inputs[0].text(),
                             inputs[1].text(), inputs[2].text());
        return {};
    }

    std::vector<size_t> updates() const override { return {0, 2}; }

    void lower(Lowering& lowering) const override {
        const bool guarded = lowering.input_count() > 4, scaled = lowering.input_count() > 5;
        const uint32_t workgroup = choose_workgroup(lowering);
        for (const Window& w : lowering.windows(lowering.input_type(0).bytes() / 16, {16})) {
            lowering.dispatch<shaders::Sgd>(
                {.constants = {.workgroup = workgroup,
                               .nesterov = sgd_.nesterov,
                               .guarded = guarded,
                               .scaled = scaled},
                 .bindings = {.parameters = lowering.input(0).units(w.first, w.count, 16),
                              .gradients = lowering.input(1).units(w.first, w.count, 16),
                              .momenta = lowering.input(2).units(w.first, w.count, 16),
                              .step_params = lowering.input(3),
                              .guard = guarded ? lowering.input(4) : Region{},
                              .unscale = scaled ? lowering.input(5) : Region{}},
                 .push = {.quads = u32(w.count),
                          .momentum = static_cast<float>(sgd_.momentum),
                          .weight_decay = static_cast<float>(sgd_.weight_decay)},
                 .groups = fold_workgroups(divide_up(w.count, workgroup), lowering.plan())});
        }
    }

    void reference(ReferenceCall& call) const override {
        if (call.inputs.size() > 4 && !std::isfinite(call.in(4).values[0])) return;
        const double unscale = call.inputs.size() > 5 ? call.in(5).values[0] : 1;
        if (unscale == 0) return;
        const double momentum = static_cast<float>(sgd_.momentum),
                     decay = static_cast<float>(sgd_.weight_decay);
        for (size_t i = 0; i < call.in(0).values.size(); ++i) {
            double& p = call.inout(0).values[i];
            double& v = call.inout(2).values[i];
            const double g = unscale * call.in(1).values[i] + decay * p;
            v = momentum * v + g;
            p -= static_cast<double>(call.step.learning_rate) * (sgd_.nesterov ? g + momentum * v : v);
        }
    }

  private:
    Sgd sgd_;
};

}  // namespace

std::shared_ptr<const Operator> sgd(const Sgd& sgd) {
    return std::make_shared<SgdOperator>(sgd);
}

}  // namespace vkm::graph::ops
