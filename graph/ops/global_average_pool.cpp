#include <graph/kernels/elementwise.h>
#include <graph/kernels/grid_variants.h>
#include <graph/kernels/prologue.h>
#include <graph/ops/global_average_pool.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <optional>

namespace vkm::graph::ops {
namespace {

// Both directions: from `x` of many pixels to `y` of one, or back, which has no prologue.
void lower_pool(Lowering& lowering, const Shader& shader, const TensorType& x,
                const std::optional<Prologue>& prologue) {
    const uint32_t workgroup = choose_workgroup(lowering);
    const TensorType& in = lowering.input_type(0);
    const TensorType& out = lowering.output_type();
    for (const Window& w : lowering.windows(x.shape.n, {in.image_bytes(), out.image_bytes()})) {
        struct Push {
            uint32_t images, pixels, channel_quads;
        };
        const Push push{static_cast<uint32_t>(w.count), static_cast<uint32_t>(x.shape.h * x.shape.w),
                        static_cast<uint32_t>(x.shape.quads())};
        std::vector<Region> regions{lowering.input(0).units(w.first, w.count, in.image_bytes()),
                                    lowering.output().units(w.first, w.count, out.image_bytes())};
        const auto groups = fold_workgroups(divide_up(quads_of(out, w.count), workgroup), lowering.plan());
        if (!prologue) {
            lowering.dispatch({shader, x.storage(), {workgroup}}, std::move(regions), push, groups);
            continue;
        }
        struct {
            Push push;
            uint32_t input_activation;
        } with_prologue{push, static_cast<uint32_t>(prologue->activation)};
        regions.push_back(prologue->normalise ? lowering.input(1) : regions.front());
        lowering.dispatch({shader, x.storage(), {workgroup, prologue->normalise}}, std::move(regions),
                          with_prologue, groups);
    }
}

// dx = dy / (H W) at every pixel. Input: dy.
class GlobalAveragePoolGrad final : public Operator {
  public:
    GlobalAveragePoolGrad(int64_t height, int64_t width) : height_(height), width_(width) {}

    std::string_view name() const override { return "global_average_pool_grad"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        return {with_shape(inputs[0], {inputs[0].shape.n, height_, width_, inputs[0].shape.c})};
    }

    void lower(Lowering& lowering) const override {
        lower_pool(lowering, shaders::global_average_pool_grad, lowering.output_type(), {});
    }

    void reference(ReferenceCall& call) const override {
        const int64_t pixels = height_ * width_;
        for (int64_t row = 0; row < call.out().shape.rows(); ++row)
            for (int64_t c = 0; c < call.out().shape.c; ++c)
                call.out().at(row, c) = call.in(0).at(row / pixels, c) / static_cast<double>(pixels);
    }

  private:
    int64_t height_, width_;
};

class GlobalAveragePool final : public PrologueOperator {
  public:
    explicit GlobalAveragePool(const Prologue& prologue) : prologue_(prologue) {}

    std::string_view name() const override { return "global_average_pool"; }
    Prologue prologue() const override { return prologue_; }
    size_t prologue_inputs() const override { return 1; }
    std::shared_ptr<const Operator> with_prologue(const Prologue& prologue) const override {
        if (prologue.channel_scale) return nullptr;
        return std::make_shared<GlobalAveragePool>(prologue);
    }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        require_prologue_inputs(prologue_, inputs, 1);
        return {with_shape(inputs[0], {inputs[0].shape.n, 1, 1, inputs[0].shape.c})};
    }

    void gradient(GradientBuilder& builder) const override {
        if (!(prologue_ == Prologue{}))
            throw Error("a pool with a fused prologue has no gradient: differentiate before fusing");
        const Shape& x = builder.type(builder.input(0)).shape;
        builder.contribute(
            0, builder.add1(std::make_shared<GlobalAveragePoolGrad>(x.h, x.w), {builder.output_gradient()}));
    }

    void lower(Lowering& lowering) const override {
        lower_pool(lowering, shaders::global_average_pool, lowering.input_type(0), prologue_);
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor x = after_prologue(prologue_, call, 1);
        const int64_t pixels = x.shape.h * x.shape.w;
        for (int64_t row = 0; row < x.shape.rows(); ++row)
            for (int64_t c = 0; c < x.shape.c; ++c)
                call.out().at(row / pixels, c) += x.at(row, c) / static_cast<double>(pixels);
    }

  private:
    Prologue prologue_;
};

}  // namespace

std::shared_ptr<const Operator> global_average_pool() {
    return std::make_shared<GlobalAveragePool>(Prologue{});
}

}  // namespace vkm::graph::ops
