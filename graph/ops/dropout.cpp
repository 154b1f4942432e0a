#include <base/philox.h>
#include <graph/kernels/elementwise.h>
#include <graph/kernels/grid_variants.h>
#include <graph/ops/dropout.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

namespace vkm::graph::ops {
namespace {

class Dropout final : public Operator {
  public:
    Dropout(double probability, uint32_t layer) : probability_(probability), layer_(layer) {}

    std::string_view name() const override { return "dropout"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        if (!(probability_ >= 0 && probability_ < 1))
            throw ShapeError("a dropout probability of {} is not in [0, 1)", probability_);
        return {inputs[0]};
    }

    // The same numbers drop the same elements of the gradient.
    void gradient(GradientBuilder& builder) const override {
        builder.contribute(0, builder.add1(std::make_shared<Dropout>(probability_, layer_),
                                           {builder.output_gradient(), builder.input(1)}));
    }

    void lower(Lowering& lowering) const override {
        const TensorType& type = lowering.output_type();
        const int64_t image = type.image_bytes();
        const uint32_t workgroup = choose_workgroup(lowering);
        for (const Window& w : lowering.windows(type.shape.n, {image})) {
            lowering.dispatch<shaders::Dropout>(
                {.storage = type.storage(),
                 .constants = {.workgroup = workgroup},
                 .bindings = {.x = lowering.input(0).units(w.first, w.count, image),
                              .y = lowering.output().units(w.first, w.count, image),
                              .step_params = lowering.input(1)},
                 .push = {.images = u32(w.count),
                          .image_quads = u32(quads_of(type, 1)),
                          .first_image = u32(w.first),
                          .layer = layer_,
                          .probability = static_cast<float>(probability_)},
                 .groups = fold_workgroups(divide_up(quads_of(type, w.count), workgroup), lowering.plan())});
        }
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor& x = call.in(0);
        const StepParams& step = call.step;
        const int64_t quads = x.shape.quads(), pixels = x.shape.h * x.shape.w;
        const double probability = static_cast<float>(probability_);
        for (int64_t row = 0; row < x.shape.rows(); ++row)
            for (int64_t c = 0; c < x.shape.c; ++c) {
                const auto quad = static_cast<uint32_t>(row % pixels * quads + c / 4);
                const auto sample = static_cast<uint32_t>(row / pixels) + step.first_sample;
                const auto random =
                    philox({quad, sample, step.step, layer_}, {step.seed_low, step.seed_high});
                const bool kept = uniform_float(random[static_cast<size_t>(c % 4)]) >= probability;
                call.out().at(row, c) = kept ? x.at(row, c) / (1 - probability) : 0;
            }
    }

  private:
    double probability_;
    uint32_t layer_;
};

}  // namespace

std::shared_ptr<const Operator> dropout(double probability, uint32_t layer) {
    return std::make_shared<Dropout>(probability, layer);
}

}  // namespace vkm::graph::ops
