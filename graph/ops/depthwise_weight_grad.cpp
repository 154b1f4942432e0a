#include <graph/kernels/columns.h>
#include <graph/kernels/depthwise_tiles.h>
#include <graph/kernels/gradient_prologue.h>
#include <graph/kernels/grid_variants.h>
#include <graph/ops/depthwise_grad.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

namespace vkm::graph::ops {
namespace {

class DepthwiseWeightGradOperator final : public OperatorWith<DepthwiseWeightGrad, PrologueOperator>,
                                          public GradientReader {
  public:
    explicit DepthwiseWeightGradOperator(const DepthwiseWeightGrad& attributes, const Prologue& prologue = {},
                                         bool forms = false)
        : OperatorWith(attributes), prologue_(prologue), forms_(forms) {}

    std::string_view name() const override { return "depthwise_weight_grad"; }
    Prologue prologue() const override { return prologue_; }
    std::shared_ptr<const Operator> with_prologue(const Prologue& prologue) const override {
        if (prologue.channel_scale) return nullptr;
        return std::make_shared<DepthwiseWeightGradOperator>(attributes(), prologue, forms_);
    }
    size_t gradient_input() const override { return 1; }
    bool forms_gradient() const override { return forms_; }
    std::shared_ptr<const Operator> forming_gradient() const override {
        return std::make_shared<DepthwiseWeightGradOperator>(attributes(), prologue_, true);
    }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        require_prologue_inputs(prologue_, without_gradient_prologue(forms_, 1, inputs));
        return {f32(attributes().weights)};
    }

    void lower(Lowering& lowering) const override {
        const Shape& weights = attributes().weights;
        const TensorType& x = lowering.input_type(0);
        const TensorType& dy = lowering.input_type(1);
        const DepthwiseGeometry g = depthwise_geometry(attributes().depthwise, x.shape, weights);
        const OutputTile tile = lowering.choose("tile", weight_grad_tiles(lowering.plan().kernels, dy.shape));
        const uint32_t tiles_y = divide_up(dy.shape.h, tile.y), tiles_x = divide_up(dy.shape.w, tile.x);
        const ColumnReduction reduction = split_columns(
            plan_of_reduction(lowering), lowering.windows(x.shape.n, {x.image_bytes(), dy.image_bytes()}),
            x.shape.quads() * (tile.by_kernel_rows ? weights.h : 1), int64_t{tiles_y} * tiles_x,
            lowering.output_type().bytes());
        const Region partial = lowering.summed_later(reduction.partials, lowering.output());
        for (const auto& [window, grid, first_partial] : reduction.dispatches) {
            const auto [y, coefficients] =
                gradient_prologue_regions(lowering, forms_, window, dy.image_bytes());
            lowering.dispatch<shaders::DepthwiseWeightGrad>(
                {.storage = x.storage(),
                 .constants = {.workgroup = grid.workgroup,
                               .kernel = u32(weights.h),
                               .stride = u32(attributes().depthwise.stride),
                               .tile_x = tile.x,
                               .tile_y = tile.y,
                               .tree = grid.tree,
                               .split = tile.by_kernel_rows,
                               .normalise = prologue_.normalise,
                               .input_activation = kind(prologue_.activation),
                               .form_gradient = forms_},
                 .bindings = {.x = lowering.input_images(0, window),
                              .dy = lowering.input_images(1, window),
                              .partial = partial,
                              .normalisation = prologue_.normalise ? lowering.input(2) : Region{},
                              .y = y,
                              .gradient_coefficients = coefficients},
                 .push = {.images = u32(window.count),
                          .height = u32(x.shape.h),
                          .width = u32(x.shape.w),
                          .channels = u32(x.shape.c),
                          .out_height = u32(dy.shape.h),
                          .out_width = u32(dy.shape.w),
                          .tiles_y = tiles_y,
                          .tiles_x = tiles_x,
                          .pad_top = static_cast<int32_t>(g.y.pad_before),
                          .pad_left = static_cast<int32_t>(g.x.pad_before),
                          .lanes = grid.lanes,
                          .tiles_per_part = grid.rows_per_part,
                          .first_partial = first_partial},
                 .groups = grid.groups,
                 .flops = depthwise_flops(dy.shape, weights, window.count)});
        }
    }

    void reference(ReferenceCall& call) const override {
        const Shape& weights = attributes().weights;
        const HostTensor x = after_prologue(prologue_, call);
        const HostTensor dy = after_gradient_prologue(forms_, 1, call);
        const DepthwiseGeometry g = depthwise_geometry(attributes().depthwise, x.shape, weights);
        for (int64_t n = 0; n < dy.shape.n; ++n)
            for (int64_t oy = 0; oy < dy.shape.h; ++oy)
                for (int64_t ox = 0; ox < dy.shape.w; ++ox)
                    for (int64_t ky = 0; ky < weights.h; ++ky)
                        for (int64_t kx = 0; kx < weights.w; ++kx) {
                            const int64_t iy = oy * g.y.stride + ky - g.y.pad_before;
                            const int64_t ix = ox * g.x.stride + kx - g.x.pad_before;
                            if (iy < 0 || iy >= x.shape.h || ix < 0 || ix >= x.shape.w) continue;
                            for (int64_t c = 0; c < x.shape.c; ++c)
                                call.out().at(0, ky, kx, c) += x.at(n, iy, ix, c) * dy.at(n, oy, ox, c);
                        }
    }

  private:
    std::vector<Variant<OutputTile>> weight_grad_tiles(const KernelDefaults& kernels,
                                                       const Shape& outputs) const {
        OutputTile standard =
            weight_grad_tile(kernels, attributes().weights.h, attributes().depthwise.stride, outputs);
        std::vector<Variant<OutputTile>> tiles = tiles_for(standard);
        standard.by_kernel_rows = !standard.by_kernel_rows;
        tiles.push_back({name_of(standard), standard});
        return tiles;
    }

    Prologue prologue_;
    bool forms_;
};

}  // namespace

std::shared_ptr<const Operator> depthwise_weight_grad(const Depthwise& depthwise, const Shape& weights) {
    return std::make_shared<DepthwiseWeightGradOperator>(DepthwiseWeightGrad{depthwise, weights});
}

}  // namespace vkm::graph::ops
