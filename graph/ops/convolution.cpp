#include <graph/kernels/columns.h>
#include <graph/kernels/gradient_prologue.h>
#include <graph/kernels/grid_variants.h>
#include <graph/kernels/statistics.h>
#include <graph/ops/convolution.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

namespace vkm::graph::ops {
namespace {

// Returns how many neighbouring outputs an invocation works on: by default a share of the rows that the plan
// lets a product accumulate. A CPU's registers are memory, which makes a wide tile cheap.
uint32_t choose_tile(Lowering& lowering, uint32_t standard) {
    std::vector<Variant<uint32_t>> variants;
    for (const uint32_t tile : {standard, 8u, 4u, 2u})
        variants.push_back({std::to_string(tile), tile});
    return lowering.choose("tile", variants);
}

// Returns how many channels of an input quad are ever used: the fourth of an image never is.
uint32_t in_lanes(const Shape& input) {
    return input.c == 3 ? 3 : 4;
}

struct Geometry {
    SlidingAxis y, x;
};

Geometry geometry(const Convolution& convolution, const Shape& input, const Shape& weights) {
    return {slide(input.h, weights.n, convolution.stride, convolution.padding),
            slide(input.w, weights.h, convolution.stride, convolution.padding)};
}

double flops(const Shape& output, const Shape& weights, int64_t images) {
    return 2.0 *
           static_cast<double>(images * output.h * output.w * output.c * weights.n * weights.h * weights.w);
}

// Calls tap(n, oy, ox, ky, kx, iy, ix) for every output and every tap that lies inside of the input.
template <typename Tap>
void for_each_tap(const Geometry& g, const Shape& output, Tap tap) {
    for (int64_t n = 0; n < output.n; ++n)
        for (int64_t oy = 0; oy < output.h; ++oy)
            for (int64_t ox = 0; ox < output.w; ++ox)
                for (int64_t ky = 0; ky < g.y.kernel; ++ky)
                    for (int64_t kx = 0; kx < g.x.kernel; ++kx) {
                        const int64_t iy = oy * g.y.stride + ky - g.y.pad_before;
                        const int64_t ix = ox * g.x.stride + kx - g.x.pad_before;
                        if (iy < 0 || iy >= g.y.input || ix < 0 || ix >= g.x.input) continue;
                        tap(n, oy, ox, ky, kx, iy, ix);
                    }
}

// Computes the gradient of x. Inputs: dy, w.
class ConvolutionInputGrad final : public Operator {
  public:
    ConvolutionInputGrad(const Convolution& convolution, const Shape& input)
        : convolution_(convolution), input_(input) {}

    std::string_view name() const override { return "convolution_input_grad"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        return {with_shape(inputs[0], input_)};
    }

    void lower(Lowering& lowering) const override {
        const TensorType& dy = lowering.input_type(0);
        const TensorType& dx = lowering.output_type();
        const Shape& weights = lowering.input_type(1).shape;
        const Geometry g = geometry(convolution_, input_, weights);
        const uint32_t workgroup = choose_workgroup(lowering);
        for (const Window& w : lowering.windows(dy.shape.n, {dy.image_bytes(), dx.image_bytes()})) {
            const int64_t invocations = w.count * input_.h * input_.w * input_.quads();
            lowering.dispatch<shaders::ConvolutionInputGrad>(
                {.storage = dy.storage(),
                 .constants = {.workgroup = workgroup,
                               .kernel = u32(weights.n),
                               .stride = u32(convolution_.stride)},
                 .bindings = {.dy = lowering.input_images(0, w),
                              .w = lowering.input(1),
                              .dx = lowering.output_images(w)},
                 .push = {.images = u32(w.count),
                          .height = u32(input_.h),
                          .width = u32(input_.w),
                          .in_channels = u32(input_.c),
                          .out_height = u32(dy.shape.h),
                          .out_width = u32(dy.shape.w),
                          .out_channels = u32(dy.shape.c),
                          .pad_top = u32(g.y.pad_before),
                          .pad_left = u32(g.x.pad_before)},
                 .groups = fold_workgroups(divide_up(invocations, workgroup), lowering.plan()),
                 .flops = flops(dy.shape, weights, w.count)});
        }
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor& dy = call.in(0);
        const HostTensor& weights = call.in(1);
        for_each_tap(geometry(convolution_, input_, weights.shape), dy.shape,
                     [&](int64_t n, int64_t oy, int64_t ox, int64_t ky, int64_t kx, int64_t iy, int64_t ix) {
                         for (int64_t ci = 0; ci < input_.c; ++ci)
                             for (int64_t co = 0; co < dy.shape.c; ++co)
                                 call.out().at(n, iy, ix, ci) +=
                                     dy.at(n, oy, ox, co) * weights.at(ky, kx, ci, co);
                     });
    }

  private:
    Convolution convolution_;
    Shape input_;
};

// Computes the gradient of w. Inputs: x, dy.
class ConvolutionWeightGrad final : public Operator, public GradientReader {
  public:
    ConvolutionWeightGrad(const Convolution& convolution, const Shape& weights, bool forms = false)
        : convolution_(convolution), weights_(weights), forms_(forms) {}

    size_t gradient_input() const override { return 1; }
    bool forms_gradient() const override { return forms_; }
    std::shared_ptr<const Operator> forming_gradient() const override {
        return std::make_shared<ConvolutionWeightGrad>(convolution_, weights_, true);
    }

    std::string_view name() const override { return "convolution_weight_grad"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        without_gradient_prologue(forms_, 1, inputs);
        return {f32(weights_)};
    }

    void lower(Lowering& lowering) const override {
        const KernelPlan plan = plan_of_reduction(lowering);
        const TensorType& x = lowering.input_type(0);
        const TensorType& dy = lowering.input_type(1);
        const Geometry g = geometry(convolution_, x.shape, weights_);
        const uint32_t tile = choose_tile(
            lowering, lowering.plan().kernels.accumulators / (lowering.plan().kernels.column_tree ? 4 : 2));
        const uint32_t tiles_x = divide_up(dy.shape.w, tile);
        const int64_t columns = weights_.n * x.shape.quads() * dy.shape.quads();
        const int64_t tiles = dy.shape.h * tiles_x;
        const ColumnReduction reduction =
            split_columns(plan, lowering.windows(x.shape.n, {x.image_bytes(), dy.image_bytes()}), columns,
                          tiles, lowering.output_type().bytes());
        const Region partial = lowering.summed_later(reduction.partials, lowering.output());
        for (const auto& [window, grid, first_partial] : reduction.dispatches) {
            const auto [y, coefficients] =
                gradient_prologue_regions(lowering, forms_, window, dy.image_bytes());
            lowering.dispatch<shaders::ConvolutionWeightGrad>(
                {.storage = x.storage(),
                 .constants = {.workgroup = grid.workgroup,
                               .kernel = u32(weights_.n),
                               .stride = u32(convolution_.stride),
                               .tile = tile,
                               .tree = grid.tree,
                               .in_lanes = in_lanes(x.shape),
                               .form_gradient = forms_},
                 .bindings = {.x = lowering.input_images(0, window),
                              .dy = lowering.input_images(1, window),
                              .partial = partial,
                              .y = y,
                              .gradient_coefficients = coefficients},
                 .push = {.images = u32(window.count),
                          .height = u32(x.shape.h),
                          .width = u32(x.shape.w),
                          .in_channels = u32(x.shape.c),
                          .out_height = u32(dy.shape.h),
                          .out_width = u32(dy.shape.w),
                          .out_channels = u32(dy.shape.c),
                          .tiles_x = tiles_x,
                          .pad_top = static_cast<int32_t>(g.y.pad_before),
                          .pad_left = static_cast<int32_t>(g.x.pad_before),
                          .lanes = grid.lanes,
                          .tiles_per_part = grid.rows_per_part,
                          .first_partial = first_partial},
                 .groups = grid.groups,
                 .flops = flops(dy.shape, weights_, window.count)});
        }
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor& x = call.in(0);
        const HostTensor dy = after_gradient_prologue(forms_, 1, call);
        for_each_tap(geometry(convolution_, x.shape, weights_), dy.shape,
                     [&](int64_t n, int64_t oy, int64_t ox, int64_t ky, int64_t kx, int64_t iy, int64_t ix) {
                         for (int64_t ci = 0; ci < x.shape.c; ++ci)
                             for (int64_t co = 0; co < dy.shape.c; ++co)
                                 call.out().at(ky, kx, ci, co) += x.at(n, iy, ix, ci) * dy.at(n, oy, ox, co);
                     });
    }

  private:
    Convolution convolution_;
    Shape weights_;
    bool forms_;
};

class ConvolutionNode final : public OperatorWith<Convolution, ConvolutionOperator> {
  public:
    explicit ConvolutionNode(const Convolution& convolution) : OperatorWith(convolution) {}

    std::string_view name() const override { return "convolution"; }
    Epilogue epilogue() const override { return attributes().epilogue; }
    std::shared_ptr<const Operator> with_epilogue(const Epilogue& epilogue) const override {
        return convolution(attributes().stride, attributes().padding, epilogue);
    }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        const Shape& x = inputs[0].shape;
        const Shape& weights = inputs[1].shape;
        if (weights.n != weights.h || weights.n % 2 == 0)
            throw ShapeError("convolution weights are {}, not {{K, K, Cin, Cout}} with an odd K",
                             inputs[1].text());
        if (weights.w != round_up4(x.c))
            throw ShapeError("weights for {} input channels meet an input of {}", weights.w,
                             inputs[0].text());
        if (inputs[1].dtype != inputs[0].dtype)
            throw ShapeError("weights {} and input {} differ in type", inputs[1].text(), inputs[0].text());
        if (attributes().epilogue.residual) throw ShapeError("a dense convolution adds no residual");
        if (attributes().epilogue.bias && !(inputs[2] == channel_vector(weights.c)))
            throw ShapeError("the bias of {} channels is {}", weights.c, inputs[2].text());
        const Geometry g = geometry(attributes(), x, weights);
        const TensorType y = with_shape(inputs[0], {x.n, g.y.output, g.x.output, weights.c});
        if (attributes().epilogue.statistics) return {y, statistics_type(y)};
        return {y};
    }

    void gradient(GradientBuilder& builder) const override {
        if (!(attributes().epilogue == Epilogue{}))
            throw Error("a convolution with a fused epilogue has no gradient");
        const ValueId dy = builder.output_gradient();
        const Shape input = builder.type(builder.input(0)).shape;
        const Shape weights = builder.type(builder.input(1)).shape;
        if (builder.wants(1))
            builder.contribute(1, builder.add1(std::make_shared<ConvolutionWeightGrad>(attributes(), weights),
                                               {builder.input(0), dy}));
        if (builder.wants(0))
            builder.contribute(0, builder.add1(std::make_shared<ConvolutionInputGrad>(attributes(), input),
                                               {dy, builder.input(1)}));
    }

    void lower(Lowering& lowering) const override {
        const TensorType& x = lowering.input_type(0);
        const TensorType& y = lowering.output_type();
        const Shape& weights = lowering.input_type(1).shape;
        const Geometry g = geometry(attributes(), x.shape, weights);
        const Epilogue& epilogue = attributes().epilogue;
        const KernelDefaults& kernels = lowering.plan().kernels;
        // Statistics and the fourth lane of what is no image take a GPU the registers of half a tile: RADV spills on gfx1100.
        const bool many = epilogue.statistics && in_lanes(x.shape) > 3 && kernels.column_tree;
        const uint32_t tile = choose_tile(lowering, kernels.accumulators / (many ? 4 : 2));
        const uint32_t tiles_x = divide_up(y.shape.w, tile);
        const auto dispatch = [&](const StoredTiles& tiles) {
            const ColumnGrid& grid = tiles.grid;
            lowering.dispatch<shaders::Convolution>(
                {.storage = x.storage(),
                 .constants = {.workgroup = grid.workgroup,
                               .kernel = u32(weights.n),
                               .stride = u32(attributes().stride),
                               .tile = tile,
                               .activation = kind(epilogue.activation),
                               .bias = epilogue.bias,
                               .in_lanes = in_lanes(x.shape),
                               .statistics = epilogue.statistics,
                               .tree = grid.tree},
                 .bindings = {.x = lowering.input_images(0, tiles.images),
                              .w = lowering.input(1),
                              .y = lowering.output_images(tiles.images),
                              .bias = epilogue.bias ? lowering.input(2) : Region{},
                              .partial = tiles.partial.value_or(Region{})},
                 .push = {.images = u32(tiles.images.count),
                          .height = u32(x.shape.h),
                          .width = u32(x.shape.w),
                          .in_channels = u32(x.shape.c),
                          .out_height = u32(y.shape.h),
                          .out_width = u32(y.shape.w),
                          .out_channels = u32(y.shape.c),
                          .tiles_x = tiles_x,
                          .pad_top = static_cast<int32_t>(g.y.pad_before),
                          .pad_left = static_cast<int32_t>(g.x.pad_before),
                          .lanes = grid.lanes,
                          .tiles_per_part = grid.rows_per_part,
                          .first_partial = tiles.first_partial},
                 .groups = grid.groups,
                 .flops = flops(y.shape, weights, tiles.images.count)});
        };
        lower_stored_tiles(lowering, lowering.windows(x.shape.n, {x.image_bytes(), y.image_bytes()}),
                           y.shape.h * tiles_x, gather_statistics(lowering, epilogue.statistics), dispatch);
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor& x = call.in(0);
        const HostTensor& weights = call.in(1);
        HostTensor& y = call.out();
        for_each_tap(geometry(attributes(), x.shape, weights.shape), y.shape,
                     [&](int64_t n, int64_t oy, int64_t ox, int64_t ky, int64_t kx, int64_t iy, int64_t ix) {
                         for (int64_t ci = 0; ci < x.shape.c; ++ci)
                             for (int64_t co = 0; co < y.shape.c; ++co)
                                 y.at(n, oy, ox, co) += x.at(n, iy, ix, ci) * weights.at(ky, kx, ci, co);
                     });
        for (int64_t row = 0; row < y.shape.rows(); ++row)
            for (int64_t c = 0; c < y.shape.c; ++c)
                y.at(row, c) =
                    activate(attributes().epilogue.activation,
                             y.at(row, c) + (attributes().epilogue.bias ? call.in(2).at(0, c) : 0));
        if (attributes().epilogue.statistics) call.out(1) = reference_statistics(y);
    }

    int64_t multiply_adds(std::span<const TensorType> inputs,
                          std::span<const TensorType> outputs) const override {
        const Shape& weights = inputs[1].shape;
        return outputs[0].shape.elements() * weights.n * weights.h * inputs[0].shape.c;
    }
};

}  // namespace

std::shared_ptr<const Operator> convolution(int64_t stride, Padding padding, const Epilogue& epilogue) {
    return std::make_shared<ConvolutionNode>(Convolution{stride, padding, epilogue});
}

}  // namespace vkm::graph::ops
