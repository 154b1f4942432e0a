#include <graph/kernels/columns.h>
#include <graph/kernels/gradient_epilogue.h>
#include <graph/kernels/gradient_prologue.h>
#include <graph/kernels/grid_variants.h>
#include <graph/kernels/statistics.h>
#include <graph/kernels/sum_parts.h>
#include <graph/ops/depthwise.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <algorithm>
#include <iterator>

namespace vkm::graph::ops {
namespace {

struct Depthwise {
    int64_t stride = 1;
    Padding padding = Padding::symmetric;
    Epilogue epilogue;
    Prologue prologue;
};

struct Geometry {
    SlidingAxis y, x;
};

Geometry geometry(const Depthwise& depthwise, const Shape& input, const Shape& weights) {
    return {slide(input.h, weights.h, depthwise.stride, depthwise.padding),
            slide(input.w, weights.w, depthwise.stride, depthwise.padding)};
}

// What a kernel with a tile of outputs a lane is told.
struct Push {
    uint32_t images, height, width, channels, out_height, out_width, tiles_y, tiles_x;
    int32_t pad_top, pad_left;
};

// What a lane computes at a time: its outputs, or of a weight gradient the outputs it reads; its taps then
// are all, or those of a kernel's row.
struct Tile {
    uint32_t x, y;
    bool by_kernel_rows = false;
};

// A device may want other tiles where a tile reads few columns, or skips some.
Tile tile_of(const engine::KernelDefaults& kernels, engine::DepthwiseTile preferred) {
    const auto [x, y] = preferred ? preferred : kernels.depthwise_tile;
    return {x, y};
}
Tile tile_of(const engine::KernelDefaults& kernels, bool narrow) {
    return tile_of(kernels, narrow ? kernels.depthwise_narrow_tile : engine::DepthwiseTile{});
}

// Halved until it reaches no further than the outputs.
Tile within(Tile tile, const Shape& outputs) {
    while (tile.x > 1 && tile.x / 2 >= outputs.w)
        tile.x /= 2;
    while (tile.y > 1 && tile.y / 2 >= outputs.h)
        tile.y /= 2;
    return tile;
}

// Halved until there are enough workgroups for the device: few images leave it idle otherwise.
Tile filling(const engine::KernelDefaults& kernels, Tile tile, const Shape& output) {
    const auto workgroups = [&] {
        const int64_t tiles = int64_t{divide_up(output.h, tile.y)} * divide_up(output.w, tile.x);
        return divide_up(output.n * tiles * output.quads(), kernels.workgroup);
    };
    while (workgroups() < kernels.least_workgroups && tile.x * tile.y > 1)
        (tile.y > 1 ? tile.y : tile.x) /= 2;
    return tile;
}

std::string name_of(const Tile& tile) {
    return fmt::format("{}x{}{}", tile.x, tile.y, tile.by_kernel_rows ? ", by kernel rows" : "");
}

// Tiles up to eight outputs, of whole strides where `step` says so.
std::vector<Variant<Tile>> tiles_for(Tile standard, int64_t step = 1) {
    std::vector<Variant<Tile>> variants;
    const auto add = [&](Tile tile) {
        tile.x = divide_up(tile.x, step) * static_cast<uint32_t>(step);
        tile.y = divide_up(tile.y, step) * static_cast<uint32_t>(step);
        variants.push_back({name_of(tile), tile});
    };
    add(standard);
    for (const auto& [x, y] :
         {std::pair{4u, 2u}, {2u, 2u}, {2u, 4u}, {4u, 1u}, {2u, 1u}, {1u, 2u}, {8u, 1u}, {1u, 1u}})
        add({x, y, standard.by_kernel_rows});
    return variants;
}

Push push_of(const Geometry& g, const Shape& input, int64_t images, const Tile& tile) {
    return {static_cast<uint32_t>(images),        static_cast<uint32_t>(input.h),
            static_cast<uint32_t>(input.w),       static_cast<uint32_t>(input.c),
            static_cast<uint32_t>(g.y.output),    static_cast<uint32_t>(g.x.output),
            divide_up(g.y.output, tile.y),        divide_up(g.x.output, tile.x),
            static_cast<int32_t>(g.y.pad_before), static_cast<int32_t>(g.x.pad_before)};
}

// ACTIVATION of shaders/include/epilogue.glsl.
uint32_t activation_constant(const Epilogue& epilogue, const engine::DevicePlan& plan) {
    constexpr uint32_t given = 255;
    const bool constant = epilogue.activation == Activation::none || !plan.kernels.given_activations;
    return constant ? static_cast<uint32_t>(epilogue.activation) : given;
}

double flops(const Shape& output, const Shape& weights, int64_t images) {
    return 2.0 * static_cast<double>(images * output.h * output.w * output.c * weights.h * weights.w);
}

// dx[iy, ix] = sum over the outputs that read it. Inputs: dy, w.
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
        const Geometry g = geometry(depthwise_, input_, weights);
        const int64_t stride = depthwise_.stride;
        // Tiles hold whole strides, and start at the padding's remainder.
        const Tile tile = lowering.choose(
            "tile",
            tiles_for(within(tile_of(lowering.plan().kernels, weights.h <= 3 && stride == 1), dx.shape),
                      stride));
        Push shape = push_of(g, input_, 1, tile);
        shape.tiles_y = divide_up(input_.h + g.y.pad_before % stride, tile.y);
        shape.tiles_x = divide_up(input_.w + g.x.pad_before % stride, tile.x);
        const auto dispatch = [&](const StoredTiles& tiles) {
            const auto [first, images] = tiles.images;
            const ColumnGrid& grid = tiles.grid;
            struct {
                Push push;
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
                              std::move(bindings), push, grid.groups, flops(dy.shape, weights, images));
        };
        lower_stored_tiles(lowering, lowering.windows(dy.shape.n, {dy.image_bytes(), dx.image_bytes()}),
                           int64_t{shape.tiles_y} * shape.tiles_x, gather_gradient(lowering, epilogue_),
                           dispatch);
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor dy = after_gradient_prologue(forms_, 0, call);
        const HostTensor& weights = call.in(1);
        HostTensor& dx = call.out();
        const Geometry g = geometry(depthwise_, input_, weights.shape);
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

// dw[ky, kx] = sum over images and outputs of x dy. Inputs: x, dy.
class DepthwiseWeightGrad final : public PrologueOperator, public GradientReader {
  public:
    DepthwiseWeightGrad(const Depthwise& depthwise, const Shape& weights, bool forms = false)
        : depthwise_(depthwise), weights_(weights), forms_(forms) {}

    std::string_view name() const override { return "depthwise_weight_grad"; }
    Prologue prologue() const override { return depthwise_.prologue; }
    std::shared_ptr<const Operator> with_prologue(const Prologue& prologue) const override {
        if (prologue.channel_scale) return nullptr;
        Depthwise changed = depthwise_;
        changed.prologue = prologue;
        return std::make_shared<DepthwiseWeightGrad>(changed, weights_, forms_);
    }
    size_t gradient_input() const override { return 1; }
    bool forms_gradient() const override { return forms_; }
    std::shared_ptr<const Operator> forming_gradient() const override {
        return std::make_shared<DepthwiseWeightGrad>(depthwise_, weights_, true);
    }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        require_prologue_inputs(depthwise_.prologue, without_gradient_prologue(forms_, 1, inputs));
        return {f32(weights_)};
    }

    void lower(Lowering& lowering) const override {
        const TensorType& x = lowering.input_type(0);
        const TensorType& dy = lowering.input_type(1);
        const Geometry g = geometry(depthwise_, x.shape, weights_);
        const Tile tile = lowering.choose("tile", weight_grad_tiles(lowering.plan().kernels, dy.shape));
        const Push shape = push_of(g, x.shape, 1, tile);
        const ColumnReduction reduction = split_columns(
            plan_of_reduction(lowering), lowering.windows(x.shape.n, {x.image_bytes(), dy.image_bytes()}),
            x.shape.quads() * (tile.by_kernel_rows ? weights_.h : 1), int64_t{shape.tiles_y} * shape.tiles_x,
            lowering.output_type().bytes());
        const Region partial = reduction.partial_results(lowering, lowering.output());
        for (const auto& [window, grid, first_partial] : reduction.dispatches) {
            struct {
                Push push;
                uint32_t lanes, tiles_per_part, first_partial;
            } push{shape, grid.lanes, grid.rows_per_part, first_partial};
            push.push.images = static_cast<uint32_t>(window.count);
            const Region in = lowering.input(0).units(window.first, window.count, x.image_bytes());
            const std::vector<Region> form =
                gradient_prologue_bindings(lowering, forms_, window, dy.image_bytes(), in);
            lowering.dispatch(
                {shaders::depthwise_weight_grad,
                 x.storage(),
                 {grid.workgroup, static_cast<uint32_t>(weights_.h), static_cast<uint32_t>(depthwise_.stride),
                  tile.x, tile.y, grid.tree, tile.by_kernel_rows, depthwise_.prologue.normalise,
                  static_cast<uint32_t>(depthwise_.prologue.activation), forms_}},
                {in, lowering.input(1).units(window.first, window.count, dy.image_bytes()), partial,
                 depthwise_.prologue.normalise ? lowering.input(2) : in, form[0], form[1]},
                push, grid.groups, flops(dy.shape, weights_, window.count));
        }
        if (!reduction.complete()) lower_sum_parts(lowering, partial, reduction.partials, lowering.output());
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor x = after_prologue(depthwise_.prologue, call);
        const HostTensor dy = after_gradient_prologue(forms_, 1, call);
        const Geometry g = geometry(depthwise_, x.shape, weights_);
        for (int64_t n = 0; n < dy.shape.n; ++n)
            for (int64_t oy = 0; oy < dy.shape.h; ++oy)
                for (int64_t ox = 0; ox < dy.shape.w; ++ox)
                    for (int64_t ky = 0; ky < weights_.h; ++ky)
                        for (int64_t kx = 0; kx < weights_.w; ++kx) {
                            const int64_t iy = oy * g.y.stride + ky - g.y.pad_before;
                            const int64_t ix = ox * g.x.stride + kx - g.x.pad_before;
                            if (iy < 0 || iy >= x.shape.h || ix < 0 || ix >= x.shape.w) continue;
                            for (int64_t c = 0; c < x.shape.c; ++c)
                                call.out().at(0, ky, kx, c) += x.at(n, iy, ix, c) * dy.at(n, oy, ox, c);
                        }
    }

  private:
    std::vector<Variant<Tile>> weight_grad_tiles(const engine::KernelDefaults& kernels,
                                                 const Shape& outputs) const {
        Tile standard = within(depthwise_.stride > 1 ? tile_of(kernels, kernels.depthwise_strided_tile)
                                                     : tile_of(kernels, weights_.h <= 3),
                               outputs);
        // A GPU splits the taps by kernel rows: all of them take more registers than it can spare. On a CPU
        // registers are memory anyway, and fewer loads win.
        standard.by_kernel_rows = kernels.column_tree;
        std::vector<Variant<Tile>> tiles = tiles_for(standard);
        standard.by_kernel_rows = !kernels.column_tree;
        tiles.push_back({name_of(standard), standard});
        return tiles;
    }

    Depthwise depthwise_;
    Shape weights_;
    bool forms_;
};

class DepthwiseOperator final : public ConvolutionOperator {
  public:
    explicit DepthwiseOperator(const Depthwise& depthwise) : depthwise_(depthwise) {}

    std::string_view name() const override { return "depthwise"; }
    Epilogue epilogue() const override { return depthwise_.epilogue; }
    Prologue prologue() const override { return depthwise_.prologue; }
    std::shared_ptr<const Operator> with_epilogue(const Epilogue& epilogue) const override {
        return depthwise(depthwise_.stride, depthwise_.padding, epilogue, depthwise_.prologue);
    }
    std::shared_ptr<const Operator> with_prologue(const Prologue& prologue) const override {
        if (prologue.channel_scale) return nullptr;
        return depthwise(depthwise_.stride, depthwise_.padding, depthwise_.epilogue, prologue);
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
        if (depthwise_.epilogue.residual) throw ShapeError("a depthwise convolution adds no residual");
        require_prologue_inputs(depthwise_.prologue, inputs);
        const size_t bias = 2 + depthwise_.prologue.inputs();
        if (depthwise_.epilogue.bias && (inputs.size() <= bias || !(inputs[bias] == channel_vector(x.c))))
            throw ShapeError("the bias of {} channels is {}", x.c,
                             inputs.size() <= bias ? "missing" : inputs[bias].text());
        const Geometry g = geometry(depthwise_, x, weights);
        const TensorType y = with_shape(inputs[0], {x.n, g.y.output, g.x.output, x.c});
        if (depthwise_.epilogue.statistics) return {y, statistics_type(y)};
        return {y};
    }

    void gradient(GradientBuilder& builder) const override {
        if (!(depthwise_.epilogue == Epilogue{}) || !(depthwise_.prologue == Prologue{}))
            throw Error(
                "a depthwise convolution with a fused prologue or epilogue has no gradient: differentiate "
                "before fusing");
        const ValueId dy = builder.output_gradient();
        const Shape input = builder.type(builder.input(0)).shape;
        const Shape weights = builder.type(builder.input(1)).shape;
        if (builder.wants(1))
            builder.contribute(1, builder.add1(std::make_shared<DepthwiseWeightGrad>(depthwise_, weights),
                                               {builder.input(0), dy}));
        if (builder.wants(0))
            builder.contribute(0, builder.add1(std::make_shared<DepthwiseInputGrad>(depthwise_, input),
                                               {dy, builder.input(1)}));
    }

    void lower(Lowering& lowering) const override {
        const TensorType& x = lowering.input_type(0);
        const TensorType& y = lowering.output_type();
        const Shape& weights = lowering.input_type(1).shape;
        const Geometry g = geometry(depthwise_, x.shape, weights);
        const Epilogue& epilogue = depthwise_.epilogue;
        const Prologue& prologue = depthwise_.prologue;
        const Tile tile = lowering.choose(
            "tile",
            tiles_for(filling(lowering.plan().kernels,
                              within(tile_of(lowering.plan().kernels, weights.h <= 3), y.shape), y.shape)));
        const Push shape = push_of(g, x.shape, 1, tile);
        const auto dispatch = [&](const StoredTiles& tiles) {
            const auto [first, images] = tiles.images;
            const ColumnGrid& grid = tiles.grid;
            struct {
                Push push;
                uint32_t lanes, tiles_per_part, first_partial, given_activation;
            } push{push_of(g, x.shape, images, tile), grid.lanes, grid.rows_per_part, tiles.first_partial,
                   static_cast<uint32_t>(epilogue.activation)};
            const Region out = lowering.output().units(first, images, y.image_bytes());
            lowering.dispatch(
                {shaders::depthwise,
                 x.storage(),
                 {grid.workgroup, static_cast<uint32_t>(weights.h), static_cast<uint32_t>(depthwise_.stride),
                  tile.x, tile.y, activation_constant(epilogue, lowering.plan()), epilogue.bias,
                  prologue.normalise, static_cast<uint32_t>(prologue.activation), epilogue.statistics,
                  grid.tree}},
                {lowering.input(0).units(first, images, x.image_bytes()), lowering.input(1), out,
                 lowering.input(epilogue.bias ? 2 + prologue.inputs() : 1),
                 lowering.input(prologue.normalise ? 2 : 1), tiles.partial.value_or(out)},
                push, grid.groups, flops(y.shape, weights, images));
        };
        lower_stored_tiles(lowering, lowering.windows(x.shape.n, {x.image_bytes(), y.image_bytes()}),
                           int64_t{shape.tiles_y} * shape.tiles_x,
                           gather_statistics(lowering, epilogue.statistics), dispatch);
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor x = after_prologue(depthwise_.prologue, call);
        const HostTensor& weights = call.in(1);
        HostTensor& y = call.out();
        const Geometry g = geometry(depthwise_, x.shape, weights.shape);
        for (int64_t n = 0; n < y.shape.n; ++n)
            for (int64_t oy = 0; oy < y.shape.h; ++oy)
                for (int64_t ox = 0; ox < y.shape.w; ++ox)
                    for (int64_t c = 0; c < y.shape.c; ++c) {
                        double sum =
                            depthwise_.epilogue.bias ? call.in(2 + depthwise_.prologue.inputs()).at(0, c) : 0;
                        for (int64_t ky = 0; ky < weights.shape.h; ++ky)
                            for (int64_t kx = 0; kx < weights.shape.w; ++kx) {
                                const int64_t iy = oy * g.y.stride + ky - g.y.pad_before;
                                const int64_t ix = ox * g.x.stride + kx - g.x.pad_before;
                                if (iy < 0 || iy >= x.shape.h || ix < 0 || ix >= x.shape.w) continue;
                                sum += x.at(n, iy, ix, c) * weights.at(0, ky, kx, c);
                            }
                        y.at(n, oy, ox, c) = activate(depthwise_.epilogue.activation, sum);
                    }
        if (depthwise_.epilogue.statistics) call.out(1) = reference_statistics(y);
    }

    int64_t multiply_adds(std::span<const TensorType> inputs,
                          std::span<const TensorType> outputs) const override {
        return outputs[0].shape.elements() * inputs[1].shape.h * inputs[1].shape.w;
    }

    DepthwiseWindow window() const { return {depthwise_.stride, depthwise_.padding}; }

  private:
    Depthwise depthwise_;
};

}  // namespace

std::shared_ptr<const Operator> depthwise(int64_t stride, Padding padding, const Epilogue& epilogue,
                                          const Prologue& prologue) {
    return std::make_shared<DepthwiseOperator>(Depthwise{stride, padding, epilogue, prologue});
}

std::optional<DepthwiseWindow> depthwise_window(const Operator& op) {
    const auto* depthwise = dynamic_cast<const DepthwiseOperator*>(&op);
    return depthwise ? std::optional(depthwise->window()) : std::nullopt;
}

}  // namespace vkm::graph::ops
