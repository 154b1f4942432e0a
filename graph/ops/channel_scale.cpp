#include <graph/kernels/elementwise.h>
#include <graph/kernels/gradient_epilogue.h>
#include <graph/kernels/grid_variants.h>
#include <graph/kernels/prologue.h>
#include <graph/ops/channel_scale.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <optional>

namespace vkm::graph::ops {
namespace {

struct Push {
    uint32_t images, pixels, channel_quads;
};

// A kernel over a tensor, a vector an image, and a result that is one or the other; cut on batch boundaries.
// With a prologue, that of input 0, whose inputs start at position 2.
void lower_images(Lowering& lowering, const Shader& shader, const TensorType& tensor,
                  const std::vector<std::pair<Region, TensorType>>& bindings, const TensorType& output,
                  const std::optional<Prologue>& prologue = {}) {
    const uint32_t workgroup = choose_workgroup(lowering);
    const int64_t vector_bytes = with_shape(tensor, {1, 1, 1, tensor.shape.c}).row_bytes();
    for (const Window& w : lowering.windows(tensor.shape.n, {tensor.image_bytes(), vector_bytes})) {
        std::vector<Region> regions;
        for (const auto& [region, type] : bindings)
            regions.push_back(region.units(w.first, w.count, type.image_bytes()));
        const Push push{static_cast<uint32_t>(w.count),
                        static_cast<uint32_t>(tensor.shape.h * tensor.shape.w),
                        static_cast<uint32_t>(tensor.shape.quads())};
        const auto groups = fold_workgroups(divide_up(quads_of(output, w.count), workgroup), lowering.plan());
        if (!prologue) {
            lowering.dispatch({shader, tensor.storage(), {workgroup}}, std::move(regions), push, groups);
            continue;
        }
        struct {
            Push push;
            uint32_t input_activation;
        } with_prologue{push, static_cast<uint32_t>(prologue->activation)};
        regions.push_back(prologue->normalise ? lowering.input(2) : regions.front());
        lowering.dispatch({shader, tensor.storage(), {workgroup, prologue->normalise}}, std::move(regions),
                          with_prologue, groups);
    }
}

// ds[n, c] = sum over h, w of x dy. Inputs: x, dy.
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
        lower_images(lowering, shaders::channel_scale_grad, lowering.input_type(0),
                     {{lowering.input(0), lowering.input_type(0)},
                      {lowering.input(1), lowering.input_type(1)},
                      {lowering.output(), lowering.output_type()}},
                     lowering.output_type(), prologue_);
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor x = after_prologue(prologue_, call);
        const int64_t pixels = x.shape.h * x.shape.w;
        for (int64_t row = 0; row < x.shape.rows(); ++row)
            for (int64_t c = 0; c < x.shape.c; ++c)
                call.out().at(row / pixels, c) += x.at(row, c) * call.in(1).at(row, c);
    }

  private:
    Prologue prologue_;
};

class ChannelScale final : public Operator {
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
            builder.contribute(0, builder.add1(std::make_shared<ChannelScale>(), {dy, builder.input(1)}));
        if (builder.wants(1))
            builder.contribute(1, builder.add1(std::make_shared<ChannelScaleGrad>(), {builder.input(0), dy}));
    }

    void lower(Lowering& lowering) const override {
        lower_images(lowering, shaders::channel_scale, lowering.input_type(0),
                     {{lowering.input(0), lowering.input_type(0)},
                      {lowering.input(1), lowering.input_type(1)},
                      {lowering.output(), lowering.output_type()}},
                     lowering.output_type());
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
        if (!epilogue_.batch_norm) {
            lower_images(lowering, shaders::squeeze_excite_grad, dx,
                         {{lowering.input(0), dx},
                          {lowering.input(1), s},
                          {lowering.input(2), s},
                          {lowering.output(), dx}},
                         dx);
            return;
        }
        const int64_t pixels = dx.shape.h * dx.shape.w;
        const auto dispatch = [&](const StoredTiles& tiles) {
            const auto [first, images] = tiles.images;
            struct {
                Push push;
                uint32_t lanes, rows_per_part, first_partial, output_activation;
            } push{{static_cast<uint32_t>(images), static_cast<uint32_t>(pixels),
                    static_cast<uint32_t>(dx.shape.quads())},
                   tiles.grid.lanes,
                   tiles.grid.rows_per_part,
                   tiles.first_partial,
                   output_activation(epilogue_)};
            const Region gradient = lowering.input(0).units(first, images, dx.image_bytes());
            const Region out = lowering.output().units(first, images, dx.image_bytes());
            const std::vector<Region> rest =
                gradient_bindings(lowering, epilogue_, tiles.images, dx.image_bytes(), gradient, out,
                                  tiles.partial, epilogue_inputs());
            const std::vector<uint32_t> constants = gradient_constants(epilogue_, tiles.grid.tree);
            lowering.dispatch({shaders::squeeze_excite_grad_sums,
                               dx.storage(),
                               {tiles.grid.workgroup, constants.at(1), constants.at(2)}},
                              {gradient, lowering.input(1).units(first, images, s.image_bytes()),
                               lowering.input(2).units(first, images, s.image_bytes()), out, rest.at(1),
                               rest.at(2), rest.at(3)},
                              push, tiles.grid.groups);
        };
        lower_stored_tiles(lowering, lowering.windows(dx.shape.n, {dx.image_bytes(), s.image_bytes()}),
                           pixels, gather_gradient(lowering, epilogue_, epilogue_inputs()), dispatch);
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
    return std::make_shared<ChannelScale>();
}

}  // namespace vkm::graph::ops
