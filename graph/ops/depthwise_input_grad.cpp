#include <graph/kernels/columns.h>
#include <graph/kernels/depthwise_tiles.h>
#include <graph/kernels/gradient_epilogue.h>
#include <graph/kernels/gradient_prologue.h>
#include <graph/ops/depthwise_grad.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <algorithm>
#include <iterator>

namespace vkm::graph::ops {
namespace {

class DepthwiseInputGrad final : public InputGradOperator, public GradientReader {
  public:
    DepthwiseInputGrad(const Depthwise& depthwise, const Shape& input, const GradientEpilogue& epilogue = {},
                       bool forms = false)
        : depthwise_(depthwise), input_(input), epilogue_(epilogue), forms_(forms) {}

    std::string_view name() const override { return "depthwise_input_grad"; }
    const GradientEpilogue& epilogue() const override { return epilogue_; }
    std::shared_ptr<const Operator> with_epilogue(const GradientEpilogue& epilogue) const override {
        return std::make_shared<DepthwiseInputGrad>(depthwise_, input_, epilogue, forms_);
    }
    size_t gradient_input() const override { return 0; }
    bool forms_gradient() const override { return forms_; }
    std::shared_ptr<const Operator> forming_gradient() const override {
        return std::make_shared<DepthwiseInputGrad>(depthwise_, input_, epilogue_, true);
    }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        return gradient_outputs(epilogue_, without_gradient_prologue(forms_, 0, inputs),
                                with_shape(inputs[0], input_));
    }

    void lower(Lowering& lowering) const override {
        const TensorType& dy = lowering.input_type(0);
        const TensorType& dx = lowering.output_type();
        const Shape& weights = lowering.input_type(1).shape;
        const DepthwiseGeometry g = depthwise_geometry(depthwise_, input_, weights);
        const int64_t stride = depthwise_.stride;
        // Tiles hold whole strides, and start at the padding's remainder.
        const OutputTile tile = lowering.choose(
            "tile",
            tiles_for(within(tile_of(lowering.plan().kernels, weights.h <= 3 && stride == 1), dx.shape),
                      stride));
        DepthwisePush shape = push_of(g, input_, 1, tile);
        shape.tiles_y = divide_up(input_.h + g.y.pad_before % stride, tile.y);
        shape.tiles_x = divide_up(input_.w + g.x.pad_before % stride, tile.x);
        const auto dispatch = [&](const StoredTiles& tiles) {
            const auto [first, images] = tiles.images;
            const ColumnGrid& grid = tiles.grid;
            struct {
                DepthwisePush push;
                uint32_t lanes, tiles_per_part, first_partial, output_activation;
            } push{shape, grid.lanes, grid.rows_per_part, tiles.first_partial, output_activation(epilogue_)};
            push.push.images = static_cast<uint32_t>(images);
            std::vector<uint32_t> constants{grid.workgroup, static_cast<uint32_t>(weights.h),
                                            static_cast<uint32_t>(stride), tile.x, tile.y};
            std::ranges::copy(gradient_constants(epilogue_, grid.tree), std::back_inserter(constants));
            const Region gradient = lowering.input(0).units(first, images, dy.image_bytes());
            const Region out = lowering.output().units(first, images, dx.image_bytes());
            std::vector<Region> bindings{gradient, lowering.input(1), out};
            std::ranges::copy(gradient_bindings(lowering, epilogue_, tiles.images, dx.image_bytes(), gradient,
                                                out, tiles.partial),
                              std::back_inserter(bindings));
            if (forms_)
                std::ranges::copy(
                    gradient_prologue_bindings(lowering, true, tiles.images, dy.image_bytes(), gradient),
                    std::back_inserter(bindings));
            lowering.dispatch({forms_ ? shaders::depthwise_input_grad_forming : shaders::depthwise_input_grad,
                               dy.storage(), std::move(constants)},
                              std::move(bindings), push, grid.groups,
                              depthwise_flops(dy.shape, weights, images));
        };
        lower_stored_tiles(lowering, lowering.windows(dy.shape.n, {dy.image_bytes(), dx.image_bytes()}),
                           int64_t{shape.tiles_y} * shape.tiles_x, gather_gradient(lowering, epilogue_),
                           dispatch);
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor dy = after_gradient_prologue(forms_, 0, call);
        const HostTensor& weights = call.in(1);
        HostTensor& dx = call.out();
        const DepthwiseGeometry g = depthwise_geometry(depthwise_, input_, weights.shape);
        for (int64_t n = 0; n < dy.shape.n; ++n)
            for (int64_t oy = 0; oy < dy.shape.h; ++oy)
                for (int64_t ox = 0; ox < dy.shape.w; ++ox)
                    for (int64_t ky = 0; ky < weights.shape.h; ++ky)
                        for (int64_t kx = 0; kx < weights.shape.w; ++kx) {
                            const int64_t iy = oy * g.y.stride + ky - g.y.pad_before;
                            const int64_t ix = ox * g.x.stride + kx - g.x.pad_before;
                            if (iy < 0 || iy >= input_.h || ix < 0 || ix >= input_.w) continue;
                            for (int64_t c = 0; c < input_.c; ++c)
                                dx.at(n, iy, ix, c) += dy.at(n, oy, ox, c) * weights.at(0, ky, kx, c);
                        }
        apply_gradient_epilogue(epilogue_, call);
    }

  private:
    Depthwise depthwise_;
    Shape input_;
    GradientEpilogue epilogue_;
    bool forms_;
};

}  // namespace

std::shared_ptr<const Operator> depthwise_input_grad(const Depthwise& depthwise, const Shape& input) {
    return std::make_shared<DepthwiseInputGrad>(depthwise, input);
}

}  // namespace vkm::graph::ops
