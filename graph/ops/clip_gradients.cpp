#include <graph/kernels/gradient_norm.h>
#include <graph/kernels/grid_variants.h>
#include <graph/ops/clip_gradients.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace vkm::graph::ops {
namespace {

constexpr double margin = 1e-6;  // PyTorch's

void require_gradients(const TensorType& gradients) {
    if (gradients.dtype != DType::f32) throw ShapeError("gradients are {}, not fp32", gradients.text());
}

Region verdict_of(Lowering& lowering, size_t input) {
    return lowering.input_count() > input ? lowering.input(input) : Region{};
}

double factor_of(const ReferenceCall& call, size_t input) {
    return call.inputs.size() > input ? call.in(input).values[0] : 1;
}

class ClipNorm final : public Operator {
  public:
    explicit ClipNorm(double most) : most_(most) {}

    std::string_view name() const override { return "clip_gradient_norm"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        require_gradients(inputs[0]);
        return {record_type<GradientNorm>()};
    }

    void lower(Lowering& lowering) const override {
        lowering.copy(bounded_norm(lowering, lowering.input(0), verdict_of(lowering, 1), {most_, margin}),
                      lowering.output());
    }

    void reference(ReferenceCall& call) const override {
        const double factor = factor_of(call, 1);
        double sum = 0;
        for (const double g : call.in(0).values)
            sum += factor * g * factor * g;
        const double norm = std::isfinite(sum) ? std::sqrt(sum) : std::numeric_limits<double>::infinity();
        const double share = std::isfinite(norm) ? std::min(1.0, most_ / (norm + margin)) : 1;
        const bool lost = !std::isfinite(norm) && factor != 0;
        call.out().values = {lost ? std::numeric_limits<double>::quiet_NaN() : factor * share, norm, share,
                             0};
    }

  private:
    double most_;
};

class ClipValues final : public Operator {
  public:
    explicit ClipValues(double most) : most_(most) {}

    std::string_view name() const override { return "clip_gradient_values"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        require_gradients(inputs[0]);
        return {};
    }
    std::vector<size_t> updates() const override { return {0}; }

    void lower(Lowering& lowering) const override {
        const uint32_t workgroup = choose_workgroup(lowering);
        const std::array<float, 4> one{1, 0, 0, 0};
        const Region verdict = lowering.input_count() > 1
                                   ? lowering.input(1)
                                   : lowering.table(std::as_bytes(std::span(one)), "one");
        for (const Window& w : lowering.windows(lowering.input_type(0).bytes() / 16, {16}))
            lowering.dispatch<shaders::ClipValues>(
                {.constants = {.workgroup = workgroup},
                 .bindings = {.gradients = lowering.input(0).units(w.first, w.count, 16), .unscale = verdict},
                 .push = {.quads = u32(w.count), .most = static_cast<float>(most_)},
                 .groups = fold_workgroups(divide_up(w.count, workgroup), lowering.plan())});
    }

    void reference(ReferenceCall& call) const override {
        const double factor = factor_of(call, 1);
        if (factor == 0) return;
        for (double& g : call.inout(0).values)
            if (!std::isnan(g)) g = std::clamp(g, -most_ / factor, most_ / factor);
    }

  private:
    double most_;
};

}  // namespace

std::shared_ptr<const Operator> clip_gradient_norm(double most) {
    return std::make_shared<ClipNorm>(most);
}

std::shared_ptr<const Operator> clip_gradient_values(double most) {
    return std::make_shared<ClipValues>(most);
}

}  // namespace vkm::graph::ops
