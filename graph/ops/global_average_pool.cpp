#include <graph/kernels/columns.h>
#include <graph/kernels/elementwise.h>
#include <graph/kernels/grid_variants.h>
#include <graph/kernels/prologue.h>
#include <graph/ops/global_average_pool.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

namespace vkm::graph::ops {
namespace {

// Lowers both directions: from `x` of many pixels to one, or back. Calls dispatch(images, workgroup, groups).
template <typename Dispatch>
void lower_pool(Lowering& lowering, const TensorType& x, Dispatch dispatch) {
    const uint32_t workgroup = choose_workgroup(lowering);
    const TensorType &in = lowering.input_type(0), &out = lowering.output_type();
    for (const Window& w : lowering.windows(x.shape.n, {in.image_bytes(), out.image_bytes()}))
        dispatch(w, workgroup,
                 fold_workgroups(divide_up(quads_of(out, w.count), workgroup), lowering.plan()));
}

class GlobalAveragePoolGradOperator final : public OperatorWith<GlobalAveragePoolGrad> {
  public:
    using OperatorWith::OperatorWith;

    std::string_view name() const override { return "global_average_pool_grad"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        return {with_shape(inputs[0],
                           {inputs[0].shape.n, attributes().height, attributes().width, inputs[0].shape.c})};
    }

    void lower(Lowering& lowering) const override {
        const TensorType& dx = lowering.output_type();
        lower_pool(lowering, dx, [&](const Window& w, uint32_t workgroup, const Lowering::Groups& groups) {
            lowering.dispatch<shaders::GlobalAveragePoolGrad>(
                {.storage = dx.storage(),
                 .constants = {.workgroup = workgroup},
                 .bindings = {.dy = lowering.input_images(0, w), .dx = lowering.output_images(w)},
                 .push = {.images = u32(w.count),
                          .pixels = u32(attributes().height * attributes().width),
                          .channel_quads = u32(dx.shape.quads())},
                 .groups = groups});
        });
    }

    void reference(ReferenceCall& call) const override {
        const int64_t pixels = attributes().height * attributes().width;
        for (int64_t row = 0; row < call.out().shape.rows(); ++row)
            for (int64_t c = 0; c < call.out().shape.c; ++c)
                call.out().at(row, c) = call.in(0).at(row / pixels, c) / static_cast<double>(pixels);
    }
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
            0, builder.add1(std::make_shared<GlobalAveragePoolGradOperator>(GlobalAveragePoolGrad{x.h, x.w}),
                            {builder.output_gradient()}));
    }

    void lower(Lowering& lowering) const override {
        if (lowering.plan().kernels.column_tree)
            lower_columns(lowering);
        else
            lower_invocations(lowering);
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor x = after_prologue(prologue_, call, 1);
        const int64_t pixels = x.shape.h * x.shape.w;
        for (int64_t row = 0; row < x.shape.rows(); ++row)
            for (int64_t c = 0; c < x.shape.c; ++c)
                call.out().at(row / pixels, c) += x.at(row, c) / static_cast<double>(pixels);
    }

  private:
    // Shares an image's pixels among strands.
    void lower_columns(Lowering& lowering) const {
        const TensorType &x = lowering.input_type(0), &y = lowering.output_type();
        const KernelPlan plan = plan_of_parts(lowering);
        const int64_t pixels = x.shape.h * x.shape.w;
        for (const Window& w : lowering.windows(x.shape.n, {x.image_bytes(), y.image_bytes()})) {
            const ColumnGrid grid = image_grid(x.shape.quads(), w.count, pixels, plan);
            lowering.dispatch<shaders::GlobalAveragePoolColumns>(
                {.storage = x.storage(),
                 .constants = {.workgroup = grid.workgroup,
                               .normalise = prologue_.normalise,
                               .input_activation = kind(prologue_.activation)},
                 .bindings = {.x = lowering.input_images(0, w),
                              .y = lowering.output_images(w),
                              .normalisation = prologue_.normalise ? lowering.input(1) : Region{}},
                 .push = {.images = u32(w.count),
                          .pixels = u32(pixels),
                          .channel_quads = u32(x.shape.quads()),
                          .lanes = grid.lanes},
                 .groups = grid.groups});
        }
    }

    // Sums a quad of channels with an invocation: without a barrier, as software devices want it.
    void lower_invocations(Lowering& lowering) const {
        const TensorType& x = lowering.input_type(0);
        lower_pool(lowering, x, [&](const Window& w, uint32_t workgroup, const Lowering::Groups& groups) {
            lowering.dispatch<shaders::GlobalAveragePool>(
                {.storage = x.storage(),
                 .constants = {.workgroup = workgroup, .normalise = prologue_.normalise},
                 .bindings = {.x = lowering.input_images(0, w),
                              .y = lowering.output_images(w),
                              .normalisation = prologue_.normalise ? lowering.input(1) : Region{}},
                 .push = {.images = u32(w.count),
                          .pixels = u32(x.shape.h * x.shape.w),
                          .channel_quads = u32(x.shape.quads()),
                          .input_activation = kind(prologue_.activation)},
                 .groups = groups});
        });
    }

    Prologue prologue_;
};

}  // namespace

std::shared_ptr<const Operator> global_average_pool() {
    return std::make_shared<GlobalAveragePool>(Prologue{});
}

}  // namespace vkm::graph::ops
