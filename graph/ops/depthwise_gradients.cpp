#include <graph/kernels/columns.h>
#include <graph/kernels/depthwise_gradient_block.h>
#include <graph/kernels/gradient_epilogue.h>
#include <graph/kernels/gradient_prologue.h>
#include <graph/ops/depthwise_grad.h>
#include <graph/ops/depthwise_gradients.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <algorithm>

namespace vkm::graph::ops {
namespace {

enum Input : size_t { dy_at, w_at, x_at, normalisation_at, statistics_at, y_at, coefficients_at };
constexpr size_t weight_gradient = 4;  // the output

class DepthwiseGradientsOperator final : public OperatorWith<DepthwiseGradients> {
  public:
    using OperatorWith::OperatorWith;

    std::string_view name() const override { return "depthwise_gradients"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        std::vector<TensorType> outputs =
            gradient_outputs(epilogue(), without_gradient_prologue(true, dy_at, inputs),
                             with_shape(inputs[dy_at], attributes().input));
        outputs.push_back(f32(attributes().weights));
        return outputs;
    }

    void lower(Lowering& lowering) const override {
        std::vector<Variant<std::optional<DepthwiseBlock>>> ways;
        const Shape &input = attributes().input, &output = lowering.input_type(dy_at).shape;
        if (const auto block =
                depthwise_gradient_block(lowering.plan(), {.input = input,
                                                           .output = output,
                                                           .kernel = attributes().weights.h,
                                                           .stride = attributes().depthwise.stride,
                                                           .storage = lowering.input_type(dy_at).storage()}))
            ways.push_back({name_of(*block), block});
        ways.push_back({"apart", {}});
        if (const auto block = lowering.choose("block", ways))
            lower_together(lowering, *block);
        else
            lower_apart(lowering);
    }

    void reference(ReferenceCall& call) const override {
        const auto& [depthwise, input, weights, batch_norm] = attributes();
        const HostTensor dy = after_gradient_prologue(true, dy_at, call);
        const HostTensor &w = call.in(w_at), &x = call.in(x_at), &normalisation = call.in(normalisation_at);
        HostTensor &dx = call.out(), &dw = call.out(weight_gradient);
        const DepthwiseGeometry g = depthwise_geometry(depthwise, input, weights);
        for (int64_t n = 0; n < input.n; ++n)
            for (int64_t oy = 0; oy < dy.shape.h; ++oy)
                for (int64_t ox = 0; ox < dy.shape.w; ++ox)
                    for (int64_t ky = 0; ky < weights.h; ++ky)
                        for (int64_t kx = 0; kx < weights.w; ++kx) {
                            const int64_t iy = oy * g.y.stride + ky - g.y.pad_before;
                            const int64_t ix = ox * g.x.stride + kx - g.x.pad_before;
                            if (iy < 0 || iy >= input.h || ix < 0 || ix >= input.w) continue;
                            for (int64_t c = 0; c < input.c; ++c) {
                                const double z =
                                    (x.at(n, iy, ix, c) - normalisation.at(0, c)) * normalisation.at(1, c) +
                                    normalisation.at(2, c);
                                dx.at(n, iy, ix, c) += dy.at(n, oy, ox, c) * w.at(0, ky, kx, c);
                                dw.at(0, ky, kx, c) +=
                                    dy.at(n, oy, ox, c) * activate(batch_norm.activation, z);
                            }
                        }
        apply_gradient_epilogue(epilogue(), call);
    }

  private:
    GradientEpilogue epilogue() const { return {.residual = false, .batch_norm = attributes().batch_norm}; }

    // Lowers it to an operator for each gradient.
    void lower_apart(Lowering& lowering) const {
        const auto& [depthwise, input, weights, batch_norm] = attributes();
        Graph graph;
        std::vector<ValueId> in;
        for (size_t i = 0; i < lowering.input_count(); ++i)
            in.push_back(graph.input(std::to_string(i), lowering.input_type(i)));
        const auto forming = [](const std::shared_ptr<const Operator>& op) {
            return as<GradientReader>(op.get())->forming_gradient();
        };
        const auto dx = depthwise_input_grad(depthwise, input);
        std::vector<ValueId> out =
            graph.add("", forming(as<InputGradOperator>(dx.get())->with_epilogue(epilogue())), in);
        const auto dw = depthwise_weight_grad(depthwise, weights);
        const Prologue prologue{.normalise = true, .activation = batch_norm.activation};
        out.push_back(graph.add1("", forming(as<PrologueOperator>(dw.get())->with_prologue(prologue)),
                                 {in[x_at], in[dy_at], in[normalisation_at], in[y_at], in[coefficients_at]}));
        lowering.lower_as(graph, out);
    }

    void lower_together(Lowering& lowering, const DepthwiseBlock& block) const {
        const auto& [depthwise, input, weights, batch_norm] = attributes();
        const TensorType &dy = lowering.input_type(dy_at), &dx = lowering.output_type();
        const DepthwiseGeometry g = depthwise_geometry(depthwise, input, weights);
        const uint32_t blocks_y = divide_up(input.h + g.y.pad_before % depthwise.stride, block.height()),
                       blocks_x = divide_up(input.w + g.x.pad_before % depthwise.stride, block.width());
        std::optional<Gather> gather = gather_gradient(lowering, epilogue());
        gather->by_arrival = true;
        // As many as fill the device, rounded up and no stored_workgroups times: every part writes the sums of all taps.
        const int64_t columns = dx.shape.quads(),
                      workgroups = align_up(int64_t{lowering.plan().kernels.target_workgroups},
                                            divide_up(columns, block.lanes));
        const ColumnReduction reduction = split_blocks(
            lowering.plan(), lowering.windows(dy.shape.n, {dy.image_bytes(), dx.image_bytes()}), columns,
            block.lanes, int64_t{blocks_y} * blocks_x,
            std::max(gather->partial_bytes, lowering.output_type(weight_gradient).bytes()), workgroups);
        const Region weight_partial =
            lowering.summed_later(reduction.partials, lowering.output(weight_gradient));
        const auto dispatch = [&](const StoredTiles& blocks) {
            const auto set = [&](auto& d) {
                d.bindings.weight_partial = weight_partial;
                d.push.blocks_y = blocks_y;
                d.push.blocks_x = blocks_x;
            };
            if (blocks.arrival) {
                auto d = together<shaders::DepthwiseGradientsMerging>(lowering, block, blocks);
                set(d);
                dispatch_merging(lowering, epilogue(), 2, *blocks.arrival, d);
            } else {
                auto d = together<shaders::DepthwiseGradients>(lowering, block, blocks);
                set(d);
                d.constants.batch_norm = d.constants.tree = true;
                lowering.dispatch(d);
            }
        };
        lower_reduction(lowering, reduction, *gather, dispatch);
    }

    template <typename Kernel>
    Lowering::Dispatch<Kernel> together(const Lowering& lowering, const DepthwiseBlock& block,
                                        const StoredTiles& blocks) const {
        const auto& [depthwise, input, weights, batch_norm] = attributes();
        const TensorType &dy = lowering.input_type(dy_at), &dx = lowering.output_type();
        const DepthwiseGeometry g = depthwise_geometry(depthwise, input, weights);
        const GradientEpilogueRegions fused =
            gradient_epilogue_regions(lowering, epilogue(), blocks.images, dx.image_bytes(), blocks.partial);
        const auto [y, coefficients] =
            gradient_prologue_regions(lowering, true, blocks.images, dy.image_bytes());
        Lowering::Dispatch<Kernel> d{.storage = dy.storage(), .constants = {}, .bindings = {}, .push = {}};
        d.constants.workgroup = blocks.grid.workgroup;
        d.constants.kernel = u32(weights.h);
        d.constants.stride = u32(depthwise.stride);
        d.constants.tile_x = block.tile.x;
        d.constants.tile_y = block.tile.y;
        d.constants.lanes = block.lanes;
        d.constants.tiles_x = block.tiles_x;
        d.constants.tiles_y = block.tiles_y;
        d.constants.output_activation = kind(batch_norm.activation);
        d.bindings.dy = lowering.input_images(dy_at, blocks.images);
        d.bindings.w = lowering.input(w_at);
        d.bindings.dx = lowering.output_images(blocks.images);
        d.bindings.x = fused.x;
        d.bindings.normalisation = fused.normalisation;
        d.bindings.partial = fused.partial;
        d.bindings.y = y;
        d.bindings.gradient_coefficients = coefficients;
        d.push.images = u32(blocks.images.count);
        d.push.height = u32(input.h);
        d.push.width = u32(input.w);
        d.push.channels = u32(input.c);
        d.push.out_height = u32(dy.shape.h);
        d.push.out_width = u32(dy.shape.w);
        d.push.pad_top = u32(g.y.pad_before);
        d.push.pad_left = u32(g.x.pad_before);
        d.push.lanes = blocks.grid.lanes;
        d.push.blocks_per_part = blocks.grid.rows_per_part;
        d.push.first_partial = blocks.first_partial;
        d.groups = blocks.grid.groups;
        d.flops = 2 * depthwise_flops(dy.shape, weights, blocks.images.count);
        return d;
    }
};

}  // namespace

std::shared_ptr<const Operator> depthwise_gradients(const DepthwiseGradients& attributes) {
    return std::make_shared<DepthwiseGradientsOperator>(attributes);
}

}  // namespace vkm::graph::ops
