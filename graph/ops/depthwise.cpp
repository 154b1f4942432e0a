#include <graph/kernels/columns.h>
#include <graph/kernels/depthwise_block.h>
#include <graph/kernels/depthwise_tiles.h>
#include <graph/kernels/statistics.h>
#include <graph/ops/depthwise.h>
#include <graph/ops/depthwise_grad.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

namespace vkm::graph::ops {
namespace {

// Returns ACTIVATION of shaders/include/epilogue.glsl.
uint32_t activation_constant(const Epilogue& epilogue, const KernelPlan& plan) {
    constexpr uint32_t given = 255;
    const bool constant = epilogue.activation == Activation::none || !plan.kernels.given_activations;
    return constant ? static_cast<uint32_t>(epilogue.activation) : given;
}

class DepthwiseOperator final : public OperatorWith<Depthwise, ConvolutionOperator> {
  public:
    DepthwiseOperator(const Depthwise& attributes, const Epilogue& epilogue, const Prologue& prologue)
        : OperatorWith(attributes), epilogue_(epilogue), prologue_(prologue) {}

    std::string_view name() const override { return "depthwise"; }
    Epilogue epilogue() const override { return epilogue_; }
    Prologue prologue() const override { return prologue_; }
    std::shared_ptr<const Operator> with_epilogue(const Epilogue& epilogue) const override {
        return std::make_shared<DepthwiseOperator>(attributes(), epilogue, prologue_);
    }
    std::shared_ptr<const Operator> with_prologue(const Prologue& prologue) const override {
        if (prologue.channel_scale) return nullptr;
        return std::make_shared<DepthwiseOperator>(attributes(), epilogue_, prologue);
    }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        const Shape& x = inputs[0].shape;
        const Shape& weights = inputs[1].shape;
        if (weights.n != 1 || weights.h != weights.w || weights.h % 2 == 0)
            throw ShapeError("depthwise weights are {}, not {{1, K, K, C}} with an odd K", inputs[1].text());
        if (weights.c != x.c)
            throw ShapeError("weights for {} channels meet an input of {}", weights.c, inputs[0].text());
        if (inputs[1].dtype != inputs[0].dtype)
            throw ShapeError("weights {} and input {} differ in type", inputs[1].text(), inputs[0].text());
        if (epilogue_.residual) throw ShapeError("a depthwise convolution adds no residual");
        require_prologue_inputs(prologue_, inputs);
        const size_t bias = 2 + prologue_.inputs();
        if (epilogue_.bias && (inputs.size() <= bias || !(inputs[bias] == channel_vector(x.c))))
            throw ShapeError("the bias of {} channels is {}", x.c,
                             inputs.size() <= bias ? "missing" : inputs[bias].text());
        const DepthwiseGeometry g = depthwise_geometry(attributes(), x, weights);
        const TensorType y = with_shape(inputs[0], {x.n, g.y.output, g.x.output, x.c});
        if (epilogue_.statistics) return {y, statistics_type(y)};
        return {y};
    }

    void gradient(GradientBuilder& builder) const override {
        if (!(epilogue_ == Epilogue{}) || !(prologue_ == Prologue{}))
            throw Error(
                "a depthwise convolution with a fused prologue or epilogue has no gradient: "
                "differentiate before fusing");
        const ValueId dy = builder.output_gradient();
        const Shape input = builder.type(builder.input(0)).shape;
        const Shape weights = builder.type(builder.input(1)).shape;
        if (builder.wants(1))
            builder.contribute(
                1, builder.add1(depthwise_weight_grad(attributes(), weights), {builder.input(0), dy}));
        if (builder.wants(0))
            builder.contribute(
                0, builder.add1(depthwise_input_grad(attributes(), input), {dy, builder.input(1)}));
    }

    void lower(Lowering& lowering) const override {
        const Shape &y = lowering.output_type().shape, &weights = lowering.input_type(1).shape;
        const KernelPlan& plan = lowering.plan();
        const OutputTile standard =
            filling(plan.kernels, within(tile_of(plan.kernels, weights.h <= 3), y), y);
        std::vector<Variant<Way>> ways;
        if (const auto block = depthwise_block(plan,
                                               {.shape = y,
                                                .kernel = weights.h,
                                                .stride = attributes().stride,
                                                .storage = lowering.input_type(0).storage(),
                                                .normalised = prologue_.normalise},
                                               standard))
            ways.push_back({name_of(*block), *block});
        for (const auto& [name, tile] : tiles_for(standard))
            ways.push_back({name, tile});
        std::visit([&](const auto& way) { lower(lowering, way); }, lowering.choose("tile", ways));
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor x = after_prologue(prologue_, call);
        const HostTensor& weights = call.in(1);
        HostTensor& y = call.out();
        const DepthwiseGeometry g = depthwise_geometry(attributes(), x.shape, weights.shape);
        for (int64_t n = 0; n < y.shape.n; ++n)
            for (int64_t oy = 0; oy < y.shape.h; ++oy)
                for (int64_t ox = 0; ox < y.shape.w; ++ox)
                    for (int64_t c = 0; c < y.shape.c; ++c) {
                        double sum = epilogue_.bias ? call.in(2 + prologue_.inputs()).at(0, c) : 0;
                        for (int64_t ky = 0; ky < weights.shape.h; ++ky)
                            for (int64_t kx = 0; kx < weights.shape.w; ++kx) {
                                const int64_t iy = oy * g.y.stride + ky - g.y.pad_before;
                                const int64_t ix = ox * g.x.stride + kx - g.x.pad_before;
                                if (iy < 0 || iy >= x.shape.h || ix < 0 || ix >= x.shape.w) continue;
                                sum += x.at(n, iy, ix, c) * weights.at(0, ky, kx, c);
                            }
                        y.at(n, oy, ox, c) = activate(epilogue_.activation, sum);
                    }
        if (epilogue_.statistics) call.out(1) = reference_statistics(y);
    }

    int64_t multiply_adds(std::span<const TensorType> inputs,
                          std::span<const TensorType> outputs) const override {
        return outputs[0].shape.elements() * inputs[1].shape.h * inputs[1].shape.w;
    }

  private:
    /// Is what a workgroup computes: a tile an invocation, or blocks of tiles from shared memory.
    using Way = std::variant<OutputTile, DepthwiseBlock>;

    void lower(Lowering& lowering, const OutputTile& tile) const {
        const TensorType &x = lowering.input_type(0), &y = lowering.output_type();
        const Shape& weights = lowering.input_type(1).shape;
        const DepthwiseGeometry g = depthwise_geometry(attributes(), x.shape, weights);
        const uint32_t tiles_y = divide_up(y.shape.h, tile.y), tiles_x = divide_up(y.shape.w, tile.x);
        const auto dispatch = [&](const StoredTiles& tiles) {
            const ColumnGrid& grid = tiles.grid;
            lowering.dispatch<shaders::Depthwise>(
                {.storage = x.storage(),
                 .constants = {.workgroup = grid.workgroup,
                               .kernel = u32(weights.h),
                               .stride = u32(attributes().stride),
                               .tile_x = tile.x,
                               .tile_y = tile.y,
                               .activation = activation_constant(epilogue_, lowering.plan()),
                               .bias = epilogue_.bias,
                               .normalise = prologue_.normalise,
                               .input_activation = kind(prologue_.activation),
                               .statistics = epilogue_.statistics,
                               .tree = grid.tree},
                 .bindings = {.x = lowering.input_images(0, tiles.images),
                              .w = lowering.input(1),
                              .y = lowering.output_images(tiles.images),
                              .bias = epilogue_.bias ? lowering.input(2 + prologue_.inputs()) : Region{},
                              .normalisation = prologue_.normalise ? lowering.input(2) : Region{},
                              .partial = tiles.partial.value_or(Region{})},
                 .push = {.images = u32(tiles.images.count),
                          .height = u32(x.shape.h),
                          .width = u32(x.shape.w),
                          .channels = u32(x.shape.c),
                          .out_height = u32(y.shape.h),
                          .out_width = u32(y.shape.w),
                          .tiles_y = tiles_y,
                          .tiles_x = tiles_x,
                          .pad_top = static_cast<int32_t>(g.y.pad_before),
                          .pad_left = static_cast<int32_t>(g.x.pad_before),
                          .lanes = grid.lanes,
                          .tiles_per_part = grid.rows_per_part,
                          .first_partial = tiles.first_partial,
                          .given_activation = kind(epilogue_.activation)},
                 .groups = grid.groups,
                 .flops = depthwise_flops(y.shape, weights, tiles.images.count)});
        };
        lower_stored_tiles(lowering, lowering.windows(x.shape.n, {x.image_bytes(), y.image_bytes()}),
                           int64_t{tiles_y} * tiles_x, gather_statistics(lowering, epilogue_.statistics),
                           dispatch);
    }

    void lower(Lowering& lowering, const DepthwiseBlock& block) const {
        const TensorType &x = lowering.input_type(0), &y = lowering.output_type();
        const Shape& weights = lowering.input_type(1).shape;
        const DepthwiseGeometry g = depthwise_geometry(attributes(), x.shape, weights);
        const uint32_t blocks_y = divide_up(y.shape.h, block.height()),
                       blocks_x = divide_up(y.shape.w, block.width());
        const auto dispatch = [&](const StoredTiles& blocks) {
            const ColumnGrid& grid = blocks.grid;
            lowering.dispatch<shaders::DepthwiseShared>(
                {.storage = x.storage(),
                 .constants = {.workgroup = grid.workgroup,
                               .kernel = u32(weights.h),
                               .stride = u32(attributes().stride),
                               .tile_x = block.tile.x,
                               .tile_y = block.tile.y,
                               .activation = static_cast<uint32_t>(epilogue_.activation),
                               .bias = epilogue_.bias,
                               .normalise = prologue_.normalise,
                               .input_activation = kind(prologue_.activation),
                               .statistics = epilogue_.statistics,
                               .tree = grid.tree,
                               .lanes = block.lanes,
                               .tiles_x = block.tiles_x,
                               .tiles_y = block.tiles_y},
                 .bindings = {.x = lowering.input_images(0, blocks.images),
                              .w = lowering.input(1),
                              .y = lowering.output_images(blocks.images),
                              .bias = epilogue_.bias ? lowering.input(2 + prologue_.inputs()) : Region{},
                              .normalisation = prologue_.normalise ? lowering.input(2) : Region{},
                              .partial = blocks.partial.value_or(Region{})},
                 .push = {.images = u32(blocks.images.count),
                          .height = u32(x.shape.h),
                          .width = u32(x.shape.w),
                          .channels = u32(x.shape.c),
                          .out_height = u32(y.shape.h),
                          .out_width = u32(y.shape.w),
                          .blocks_y = blocks_y,
                          .blocks_x = blocks_x,
                          .pad_top = static_cast<int32_t>(g.y.pad_before),
                          .pad_left = static_cast<int32_t>(g.x.pad_before),
                          .lanes = grid.lanes,
                          .blocks_per_part = grid.rows_per_part,
                          .first_partial = blocks.first_partial},
                 .groups = grid.groups,
                 .flops = depthwise_flops(y.shape, weights, blocks.images.count)});
        };
        lower_stored_blocks(lowering, lowering.windows(x.shape.n, {x.image_bytes(), y.image_bytes()}), block,
                            int64_t{blocks_y} * blocks_x, gather_statistics(lowering, epilogue_.statistics),
                            dispatch);
    }

    Epilogue epilogue_;
    Prologue prologue_;
};

}  // namespace

std::shared_ptr<const Operator> depthwise(int64_t stride, Padding padding, const Epilogue& epilogue,
                                          const Prologue& prologue) {
    return std::make_shared<DepthwiseOperator>(Depthwise{stride, padding}, epilogue, prologue);
}

}  // namespace vkm::graph::ops
