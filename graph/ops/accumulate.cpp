#include <graph/kernels/grid_variants.h>
#include <graph/lower/lowering.h>
#include <graph/ops/accumulate.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

namespace vkm::graph::ops {
namespace {

class Accumulate final : public OperatorWith<Accumulation> {
  public:
    using OperatorWith::OperatorWith;

    std::string_view name() const override { return mean() ? "accumulated_mean" : "accumulate"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        if (!(inputs[0] == inputs[1]) || inputs[0].dtype != DType::f32)
            throw ShapeError("{} cannot be accumulated in {}", inputs[0].text(), inputs[1].text());
        return {};
    }
    std::vector<size_t> updates() const override { return {mean() ? size_t{0} : size_t{1}}; }

    void lower(Lowering& lowering) const override {
        const uint32_t workgroup = choose_workgroup(lowering);
        const size_t updated = updates().front();
        for (const Window& w : lowering.windows(lowering.input_type(0).bytes() / 16, {16}))
            lowering.dispatch<shaders::Accumulate>(
                {.constants = {.workgroup = workgroup, .mean = mean()},
                 .bindings = {.result = lowering.input(updated).units(w.first, w.count, 16),
                              .other = lowering.input(1 - updated).units(w.first, w.count, 16),
                              .step_params = lowering.input(2)},
                 .push = {.quads = u32(w.count)},
                 .groups = fold_workgroups(divide_up(w.count, workgroup), lowering.plan())});
    }

    void reference(ReferenceCall& call) const override {
        const bool first = call.step.micro_batch == 0;
        for (size_t i = 0; i < call.in(0).values.size(); ++i) {
            double &x = call.inout(0).values[i], &sum = call.inout(1).values[i];
            const double total = first ? x : sum + x;
            if (mean())
                x = total * static_cast<double>(call.step.micro_batch_share);
            else
                sum = total;
        }
    }

  private:
    bool mean() const { return attributes().mean; }
};

}  // namespace

std::shared_ptr<const Operator> accumulate() {
    return std::make_shared<Accumulate>(Accumulation{.mean = false});
}

std::shared_ptr<const Operator> accumulated_mean() {
    return std::make_shared<Accumulate>(Accumulation{.mean = true});
}

}  // namespace vkm::graph::ops
