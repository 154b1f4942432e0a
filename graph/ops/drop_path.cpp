#include <base/philox.h>
#include <graph/kernels/elementwise.h>
#include <graph/kernels/grid_variants.h>
#include <graph/ops/drop_path.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

namespace vkm::graph::ops {
namespace {

class DropPathOperator final : public OperatorWith<DropPath> {
  public:
    using OperatorWith::OperatorWith;

    std::string_view name() const override { return "drop_path"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        if (!(attributes().probability >= 0 && attributes().probability < 1))
            throw ShapeError("a probability of dropping a path of {} is not in [0, 1)",
                             attributes().probability);
        return {inputs[0]};
    }

    // The same numbers drop the same samples of the gradient.
    void gradient(GradientBuilder& builder) const override {
        builder.contribute(
            0, builder.add1(drop_path(attributes()), {builder.output_gradient(), builder.input(1)}));
    }

    void lower(Lowering& lowering) const override {
        const TensorType& type = lowering.output_type();
        const int64_t image = type.image_bytes();
        const uint32_t workgroup = choose_workgroup(lowering);
        for (const Window& w : lowering.windows(type.shape.n, {image})) {
            lowering.dispatch<shaders::DropPath>(
                {.storage = type.storage(),
                 .constants = {.workgroup = workgroup},
                 .bindings = {.x = lowering.input(0).units(w.first, w.count, image),
                              .y = lowering.output().units(w.first, w.count, image),
                              .step_params = lowering.input(1)},
                 .push = {.images = u32(w.count),
                          .image_quads = u32(quads_of(type, 1)),
                          .first_image = u32(w.first),
                          .layer = attributes().layer,
                          .probability = static_cast<float>(attributes().probability)},
                 .groups = fold_workgroups(divide_up(quads_of(type, w.count), workgroup), lowering.plan())});
        }
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor& x = call.in(0);
        const StepParams& step = call.step;
        const double probability = static_cast<float>(attributes().probability);
        const int64_t pixels = x.shape.h * x.shape.w;
        for (int64_t row = 0; row < x.shape.rows(); ++row) {
            const auto sample = static_cast<uint32_t>(row / pixels) + step.first_sample;
            const auto random =
                philox({0, sample, step.step, attributes().layer}, {step.seed_low, step.seed_high});
            const bool kept = uniform_float(random[0]) >= probability;
            for (int64_t c = 0; c < x.shape.c; ++c)
                call.out().at(row, c) = kept ? x.at(row, c) / (1 - probability) : 0;
        }
    }
};

}  // namespace

std::shared_ptr<const Operator> drop_path(const DropPath& path) {
    return std::make_shared<DropPathOperator>(path);
}

}  // namespace vkm::graph::ops
