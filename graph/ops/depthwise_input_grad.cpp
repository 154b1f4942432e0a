#include <graph/kernels/columns.h>
#include <graph/kernels/depthwise_tiles.h>
#include <graph/kernels/gradient_epilogue.h>
#include <graph/kernels/gradient_prologue.h>
#include <graph/ops/depthwise_grad.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

namespace vkm::graph::ops {
namespace {

class DepthwiseInputGradOperator final : public OperatorWith<DepthwiseInputGrad, InputGradOperator>,
                                         public GradientReader {
  public:
    explicit DepthwiseInputGradOperator(const DepthwiseInputGrad& attributes,
                                        const GradientEpilogue& epilogue = {}, bool forms = false)
        : OperatorWith(attributes), epilogue_(epilogue), forms_(forms) {}

    std::string_view name() const override { return "depthwise_input_grad"; }
    const GradientEpilogue& epilogue() const override { return epilogue_; }
    std::shared_ptr<const Operator> with_epilogue(const GradientEpilogue& epilogue) const override {
        return std::make_shared<DepthwiseInputGradOperator>(attributes(), epilogue, forms_);
    }
    size_t gradient_input() const override { return 0; }
    bool forms_gradient() const override { return forms_; }
    std::shared_ptr<const Operator> forming_gradient() const override {
        return std::make_shared<DepthwiseInputGradOperator>(attributes(), epilogue_, true);
    }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        return gradient_outputs(epilogue_, without_gradient_prologue(forms_, 0, inputs),
                                with_shape(inputs[0], attributes().input));
    }

    void lower(Lowering& lowering) const override {
        const Shape& input = attributes().input;
        const TensorType& dy = lowering.input_type(0);
        const TensorType& dx = lowering.output_type();
        const Shape& weights = lowering.input_type(1).shape;
        const int64_t stride = attributes().depthwise.stride;
        // Tiles hold whole strides, and start at the padding's remainder.
        const OutputTile tile = lowering.choose(
            "tile",
            tiles_for(within(tile_of(lowering.plan().kernels, weights.h <= 3 && stride == 1), dx.shape),
                      stride));
        const DepthwiseGeometry g = depthwise_geometry(attributes().depthwise, input, weights);
        const uint32_t tiles_y = divide_up(input.h + g.y.pad_before % stride, tile.y);
        const uint32_t tiles_x = divide_up(input.w + g.x.pad_before % stride, tile.x);
        const auto dispatch = [&](const StoredTiles& tiles) {
            if (tiles.arrival)
                dispatch_merging(
                    lowering, epilogue_, 2, *tiles.arrival,
                    tiled<shaders::DepthwiseInputGradMerging>(lowering, tiles, tile, {tiles_y, tiles_x}));
            else if (forms_)
                dispatch_plain<shaders::DepthwiseInputGradForming>(lowering, tiles, tile, {tiles_y, tiles_x});
            else
                dispatch_plain<shaders::DepthwiseInputGrad>(lowering, tiles, tile, {tiles_y, tiles_x});
        };
        std::optional<Gather> gather = gather_gradient(lowering, epilogue_);
        if (gather) gather->by_arrival = forms_;
        lower_stored_tiles(lowering, lowering.windows(dy.shape.n, {dy.image_bytes(), dx.image_bytes()}),
                           int64_t{tiles_y} * tiles_x, gather, dispatch);
    }

    void reference(ReferenceCall& call) const override {
        const Shape& input = attributes().input;
        const HostTensor dy = after_gradient_prologue(forms_, 0, call);
        const HostTensor& weights = call.in(1);
        HostTensor& dx = call.out();
        const DepthwiseGeometry g = depthwise_geometry(attributes().depthwise, input, weights.shape);
        for (int64_t n = 0; n < dy.shape.n; ++n)
            for (int64_t oy = 0; oy < dy.shape.h; ++oy)
                for (int64_t ox = 0; ox < dy.shape.w; ++ox)
                    for (int64_t ky = 0; ky < weights.shape.h; ++ky)
                        for (int64_t kx = 0; kx < weights.shape.w; ++kx) {
                            const int64_t iy = oy * g.y.stride + ky - g.y.pad_before;
                            const int64_t ix = ox * g.x.stride + kx - g.x.pad_before;
                            if (iy < 0 || iy >= input.h || ix < 0 || ix >= input.w) continue;
                            for (int64_t c = 0; c < input.c; ++c)
                                dx.at(n, iy, ix, c) += dy.at(n, oy, ox, c) * weights.at(0, ky, kx, c);
                        }
        apply_gradient_epilogue(epilogue_, call);
    }

  private:
    // Returns the kernel over some tiles, but for what becomes of sums. `counts`: of the tiles, down and across.
    template <typename Kernel>
    Lowering::Dispatch<Kernel> tiled(const Lowering& lowering, const StoredTiles& tiles,
                                     const OutputTile& tile, std::array<uint32_t, 2> counts) const {
        const TensorType &dy = lowering.input_type(0), &dx = lowering.output_type();
        const Shape &weights = lowering.input_type(1).shape, &input = attributes().input;
        const DepthwiseGeometry g = depthwise_geometry(attributes().depthwise, input, weights);
        const GradientEpilogueRegions fused =
            gradient_epilogue_regions(lowering, epilogue_, tiles.images, dx.image_bytes(), tiles.partial);
        Lowering::Dispatch<Kernel> d{.storage = dy.storage(), .constants = {}, .bindings = {}, .push = {}};
        d.constants.workgroup = tiles.grid.workgroup;
        d.constants.kernel = u32(weights.h);
        d.constants.stride = u32(attributes().depthwise.stride);
        d.constants.tile_x = tile.x;
        d.constants.tile_y = tile.y;
        d.constants.residual = epilogue_.residual;
        d.bindings.dy = lowering.input_images(0, tiles.images);
        d.bindings.w = lowering.input(1);
        d.bindings.dx = lowering.output_images(tiles.images);
        d.bindings.residual = fused.residual;
        d.bindings.x = fused.x;
        d.bindings.normalisation = fused.normalisation;
        d.bindings.partial = fused.partial;
        if constexpr (requires { d.bindings.gradient_coefficients; }) {
            const auto [y, coefficients] =
                gradient_prologue_regions(lowering, true, tiles.images, dy.image_bytes());
            d.bindings.y = y;
            d.bindings.gradient_coefficients = coefficients;
        }
        d.push.images = u32(tiles.images.count);
        d.push.height = u32(input.h);
        d.push.width = u32(input.w);
        d.push.channels = u32(input.c);
        d.push.out_height = u32(dy.shape.h);
        d.push.out_width = u32(dy.shape.w);
        d.push.tiles_y = counts[0];
        d.push.tiles_x = counts[1];
        d.push.pad_top = u32(g.y.pad_before);
        d.push.pad_left = u32(g.x.pad_before);
        d.push.lanes = tiles.grid.lanes;
        d.push.tiles_per_part = tiles.grid.rows_per_part;
        d.push.first_partial = tiles.first_partial;
        d.push.output_activation = output_activation(epilogue_);
        d.groups = tiles.grid.groups;
        d.flops = depthwise_flops(dy.shape, weights, tiles.images.count);
        return d;
    }

    template <typename Kernel>
    void dispatch_plain(Lowering& lowering, const StoredTiles& tiles, const OutputTile& tile,
                        std::array<uint32_t, 2> counts) const {
        auto d = tiled<Kernel>(lowering, tiles, tile, counts);
        d.constants.batch_norm = epilogue_.batch_norm.has_value();
        d.constants.tree = d.constants.batch_norm && tiles.grid.tree;
        lowering.dispatch(d);
    }

    GradientEpilogue epilogue_;
    bool forms_;
};

}  // namespace

std::shared_ptr<const Operator> depthwise_input_grad(const Depthwise& depthwise, const Shape& input) {
    return std::make_shared<DepthwiseInputGradOperator>(DepthwiseInputGrad{depthwise, input});
}

}  // namespace vkm::graph::ops
