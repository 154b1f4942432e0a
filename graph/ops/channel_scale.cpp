#include <graph/kernels/columns.h>
#include <graph/kernels/elementwise.h>
#include <graph/kernels/gradient_epilogue.h>
#include <graph/kernels/grid_variants.h>
#include <graph/kernels/prologue.h>
#include <graph/ops/channel_scale.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

namespace vkm::graph::ops {
namespace {

// Cuts tensors and their vectors between images, for a kernel of one invocation for each quad of `output`.
// Calls dispatch(images, workgroup, groups).
template <typename Dispatch>
void lower_images(Lowering& lowering, const TensorType& tensor, const TensorType& output, Dispatch dispatch) {
    const uint32_t workgroup = choose_workgroup(lowering);
    const int64_t vector_bytes = with_shape(tensor, {1, 1, 1, tensor.shape.c}).row_bytes();
    for (const Window& w : lowering.windows(tensor.shape.n, {tensor.image_bytes(), vector_bytes}))
        dispatch(w, workgroup,
                 fold_workgroups(divide_up(quads_of(output, w.count), workgroup), lowering.plan()));
}

// Computes ds[n, c] = sum over h, w of x dy. Inputs: x, dy.
class ChannelScaleGrad final : public PrologueOperator {
  public:
    explicit ChannelScaleGrad(const Prologue& prologue = {}) : prologue_(prologue) {}

    std::string_view name() const override { return "channel_scale_grad"; }
    Prologue prologue() const override { return prologue_; }
    std::shared_ptr<const Operator> with_prologue(const Prologue& prologue) const override {
        if (prologue.channel_scale) return nullptr;
        return std::make_shared<ChannelScaleGrad>(prologue);
    }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        require_prologue_inputs(prologue_, inputs);
        return {with_shape(inputs[0], {inputs[0].shape.n, 1, 1, inputs[0].shape.c})};
    }

    void lower(Lowering& lowering) const override {
        if (lowering.plan().kernels.column_tree)
            lower_columns(lowering);
        else
            lower_invocations(lowering);
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor x = after_prologue(prologue_, call);
        const int64_t pixels = x.shape.h * x.shape.w;
        for (int64_t row = 0; row < x.shape.rows(); ++row)
            for (int64_t c = 0; c < x.shape.c; ++c)
                call.out().at(row / pixels, c) += x.at(row, c) * call.in(1).at(row, c);
    }

  private:
    // Shares an image's pixels among strands.
    void lower_columns(Lowering& lowering) const {
        const TensorType &x = lowering.input_type(0), &ds = lowering.output_type();
        const KernelPlan plan = plan_of_parts(lowering);
        const int64_t pixels = x.shape.h * x.shape.w;
        for (const Window& w : lowering.windows(x.shape.n, {x.image_bytes(), ds.image_bytes()})) {
            const ColumnGrid grid = image_grid(x.shape.quads(), w.count, pixels, plan);
            lowering.dispatch<shaders::ChannelScaleGradColumns>(
                {.storage = x.storage(),
                 .constants = {.workgroup = grid.workgroup,
                               .normalise = prologue_.normalise,
                               .input_activation = kind(prologue_.activation)},
                 .bindings = {.x = lowering.input_images(0, w),
                              .dy = lowering.input_images(1, w),
                              .ds = lowering.output_images(w),
                              .normalisation = prologue_.normalise ? lowering.input(2) : Region{}},
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
        lower_images(
            lowering, x, lowering.output_type(),
            [&](const Window& w, uint32_t workgroup, const Lowering::Groups& groups) {
                lowering.dispatch<shaders::ChannelScaleGrad>(
                    {.storage = x.storage(),
                     .constants = {.workgroup = workgroup, .normalise = prologue_.normalise},
                     .bindings = {.x = lowering.input_images(0, w),
                                  .dy = lowering.input_images(1, w),
                                  .ds = lowering.output_images(w),
                                  .normalisation = prologue_.normalise ? lowering.input(2) : Region{}},
                     .push = {.images = u32(w.count),
                              .pixels = u32(x.shape.h * x.shape.w),
                              .channel_quads = u32(x.shape.quads()),
                              .input_activation = kind(prologue_.activation)},
                     .groups = groups});
            });
    }

    Prologue prologue_;
};

class ChannelScaleOperator final : public OperatorWith<ChannelScale> {
  public:
    std::string_view name() const override { return "channel_scale"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        const Shape& x = inputs[0].shape;
        if (!(inputs[1] == with_shape(inputs[0], {x.n, 1, 1, x.c})))
            throw ShapeError("the scale of {} is {}", inputs[0].text(), inputs[1].text());
        return {inputs[0]};
    }

    void gradient(GradientBuilder& builder) const override {
        const ValueId dy = builder.output_gradient();
        if (builder.wants(0))
            builder.contribute(
                0, builder.add1(std::make_shared<ChannelScaleOperator>(), {dy, builder.input(1)}));
        if (builder.wants(1))
            builder.contribute(1, builder.add1(std::make_shared<ChannelScaleGrad>(), {builder.input(0), dy}));
    }

    void lower(Lowering& lowering) const override {
        const TensorType& x = lowering.input_type(0);
        lower_images(
            lowering, x, lowering.output_type(),
            [&](const Window& w, uint32_t workgroup, const Lowering::Groups& groups) {
                lowering.dispatch<shaders::ChannelScale>({.storage = x.storage(),
                                                          .constants = {.workgroup = workgroup},
                                                          .bindings = {.x = lowering.input_images(0, w),
                                                                       .s = lowering.input_images(1, w),
                                                                       .y = lowering.output_images(w)},
                                                          .push = {.images = u32(w.count),
                                                                   .pixels = u32(x.shape.h * x.shape.w),
                                                                   .channel_quads = u32(x.shape.quads())},
                                                          .groups = groups});
            });
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor& x = call.in(0);
        const int64_t pixels = x.shape.h * x.shape.w;
        for (int64_t row = 0; row < x.shape.rows(); ++row)
            for (int64_t c = 0; c < x.shape.c; ++c)
                call.out().at(row, c) = x.at(row, c) * call.in(1).at(row / pixels, c);
    }
};

class SqueezeExciteGrad final : public InputGradOperator {
  public:
    explicit SqueezeExciteGrad(const GradientEpilogue& epilogue = {}) : epilogue_(epilogue) {}

    std::string_view name() const override { return "squeeze_excite_grad"; }
    const GradientEpilogue& epilogue() const override { return epilogue_; }
    size_t epilogue_inputs() const override { return 3; }
    std::shared_ptr<const Operator> with_epilogue(const GradientEpilogue& epilogue) const override {
        if (epilogue.residual) return nullptr;
        return std::make_shared<SqueezeExciteGrad>(epilogue);
    }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        const Shape& dy = inputs[0].shape;
        for (const TensorType& vector : inputs.subspan(1, 2))
            if (!(vector == with_shape(inputs[0], {dy.n, 1, 1, dy.c})))
                throw ShapeError("the gradient {} meets {}", inputs[0].text(), vector.text());
        return gradient_outputs(epilogue_, inputs, inputs[0], epilogue_inputs());
    }

    void lower(Lowering& lowering) const override {
        const TensorType &dx = lowering.output_type(), &s = lowering.input_type(1);
        const int64_t pixels = dx.shape.h * dx.shape.w;
        if (!epilogue_.batch_norm) {
            lower_images(lowering, dx, dx,
                         [&](const Window& w, uint32_t workgroup, const Lowering::Groups& groups) {
                             lowering.dispatch<shaders::SqueezeExciteGrad>(
                                 {.storage = dx.storage(),
                                  .constants = {.workgroup = workgroup},
                                  .bindings = {.dy = lowering.input_images(0, w),
                                               .s = lowering.input_images(1, w),
                                               .d = lowering.input_images(2, w),
                                               .dx = lowering.output_images(w)},
                                  .push = {.images = u32(w.count),
                                           .pixels = u32(pixels),
                                           .channel_quads = u32(dx.shape.quads())},
                                  .groups = groups});
                         });
            return;
        }
        const auto dispatch = [&](const StoredTiles& tiles) {
            const GradientEpilogueRegions fused = gradient_epilogue_regions(
                lowering, epilogue_, tiles.images, dx.image_bytes(), tiles.partial, epilogue_inputs());
            const auto set = [&](auto& d) {
                d.storage = dx.storage();
                d.constants.workgroup = tiles.grid.workgroup;
                d.bindings.dy = lowering.input_images(0, tiles.images);
                d.bindings.s = lowering.input_images(1, tiles.images);
                d.bindings.d = lowering.input_images(2, tiles.images);
                d.bindings.dx = lowering.output_images(tiles.images);
                d.bindings.x = fused.x;
                d.bindings.normalisation = fused.normalisation;
                d.bindings.partial = fused.partial;
                d.push.images = u32(tiles.images.count);
                d.push.pixels = u32(pixels);
                d.push.channel_quads = u32(dx.shape.quads());
                d.push.lanes = tiles.grid.lanes;
                d.push.rows_per_part = tiles.grid.rows_per_part;
                d.push.first_partial = tiles.first_partial;
                d.push.output_activation = output_activation(epilogue_);
                d.groups = tiles.grid.groups;
            };
            if (tiles.arrival) {
                Lowering::Dispatch<shaders::SqueezeExciteGradMerging> merging{
                    .constants = {}, .bindings = {}, .push = {}};
                set(merging);
                dispatch_merging(lowering, epilogue_, epilogue_inputs(), *tiles.arrival, merging);
                return;
            }
            Lowering::Dispatch<shaders::SqueezeExciteGradSums> plain{
                .constants = {}, .bindings = {}, .push = {}};
            set(plain);
            plain.constants.batch_norm = true;
            plain.constants.tree = tiles.grid.tree;
            lowering.dispatch(plain);
        };
        std::optional<Gather> gather = gather_gradient(lowering, epilogue_, epilogue_inputs());
        if (gather) gather->by_arrival = true;
        lower_stored_tiles(lowering, lowering.windows(dx.shape.n, {dx.image_bytes(), s.image_bytes()}),
                           pixels, gather, dispatch);
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor &dy = call.in(0), &s = call.in(1), &d = call.in(2);
        const int64_t pixels = dy.shape.h * dy.shape.w;
        for (int64_t row = 0; row < dy.shape.rows(); ++row)
            for (int64_t c = 0; c < dy.shape.c; ++c)
                call.out().at(row, c) = dy.at(row, c) * s.at(row / pixels, c) +
                                        d.at(row / pixels, c) / static_cast<double>(pixels);
        apply_gradient_epilogue(epilogue_, call, epilogue_inputs());
    }

  private:
    GradientEpilogue epilogue_;
};

}  // namespace

std::shared_ptr<const Operator> squeeze_excite_grad() {
    return std::make_shared<SqueezeExciteGrad>();
}

std::shared_ptr<const Operator> channel_scale() {
    return std::make_shared<ChannelScaleOperator>();
}

}  // namespace vkm::graph::ops
