#include <graph/kernels/gemm.h>
#include <graph/kernels/statistics.h>
#include <graph/ops/bias_grad.h>
#include <graph/ops/pointwise.h>
#include <graph/ops/pointwise_grad.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

namespace vkm::graph::ops {
namespace {

// Holds the positions of the inputs, after x and w, in the order of epilogue.h; 0 where there is none.
struct Inputs {
    size_t normalisation = 0, scale = 0, bias = 0, residual = 0, count = 2;

    Inputs(const Prologue& prologue, const Epilogue& epilogue)
        : normalisation(PrologueInputs(prologue).normalisation),
          scale(PrologueInputs(prologue).scale),
          count(2 + prologue.inputs()) {
        if (epilogue.bias) bias = count++;
        if (epilogue.residual) residual = count++;
    }
};

class PointwiseOperator final : public OperatorWith<Pointwise, ConvolutionOperator> {
  public:
    PointwiseOperator(const Epilogue& epilogue, const Prologue& prologue)
        : epilogue_(epilogue), prologue_(prologue), inputs_(prologue, epilogue) {}

    std::string_view name() const override { return "pointwise"; }
    Epilogue epilogue() const override { return epilogue_; }
    Prologue prologue() const override { return prologue_; }

    std::shared_ptr<const Operator> with_epilogue(const Epilogue& epilogue) const override {
        return pointwise(epilogue, prologue_);
    }
    std::shared_ptr<const Operator> with_prologue(const Prologue& prologue) const override {
        return pointwise(epilogue_, prologue);
    }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        if (inputs.size() != inputs_.count)
            throw ShapeError("{} inputs, not {}", inputs.size(), inputs_.count);
        const Shape &x = inputs[0].shape, &w = inputs[1].shape;
        if (!(inputs[1] == with_shape(inputs[0], {1, 1, round_up4(x.c), w.c})))
            throw ShapeError("weights {} do not fit an input of {}", inputs[1].text(), inputs[0].text());
        const TensorType y = with_shape(inputs[0], {x.n, x.h, x.w, w.c});
        require_prologue_inputs(prologue_, inputs);
        if (inputs_.bias && !(inputs[inputs_.bias] == channel_vector(w.c)))
            throw ShapeError("the bias of {} is {}", y.text(), inputs[inputs_.bias].text());
        if (inputs_.residual && !(inputs[inputs_.residual] == y))
            throw ShapeError("cannot add {} to {}", inputs[inputs_.residual].text(), y.text());
        if (epilogue_.statistics) return {y, statistics_type(y)};
        return {y};
    }

    void gradient(GradientBuilder& builder) const override {
        if (!(prologue_ == Prologue{}) || !(epilogue_ == Epilogue{.bias = epilogue_.bias}))
            throw Error(
                "a pointwise convolution with a fused prologue, activation or residual has no gradient: "
                "differentiate before fusing");
        const ValueId dy = builder.output_gradient(), x = builder.input(0), w = builder.input(1);
        if (builder.wants(0))
            builder.contribute(0, builder.add1(pointwise_input_grad(builder.type(x).shape.c), {dy, w}));
        if (builder.wants(1)) builder.contribute(1, builder.add1(pointwise_weight_grad(), {x, dy}));
        if (inputs_.bias && builder.wants(inputs_.bias))
            builder.contribute(inputs_.bias, builder.add1(bias_grad(), {dy}));
    }

    void lower(Lowering& lowering) const override {
        const TensorType &x = lowering.input_type(0), &y = lowering.output_type();
        const int64_t rows_per_image = x.shape.h * x.shape.w;
        // A scale is cut with its images; without one, rows are cut anywhere.
        const int64_t unit = inputs_.scale ? rows_per_image : 1;
        const int64_t x_bytes = unit * x.row_bytes(), y_bytes = unit * y.row_bytes();
        const int64_t scale_bytes =
            inputs_.scale ? lowering.input_type(inputs_.scale).image_bytes() : x_bytes;
        std::vector<Window> windows =
            lowering.windows(x.shape.rows() / unit, {x_bytes, y_bytes, scale_bytes});
        for (Window& window : windows)
            window = {window.first * unit, window.count * unit};
        const GemmShape shape{windows.front().count, y.shape.quads(), x.shape.quads()};
        const GemmTile tile = choose_gemm_tile(lowering, shaders::Pointwise::gemm_cooperative, x.storage(),
                                               shape, GemmSum::whole);
        std::optional<Gather> gathered = gather_statistics(lowering, epilogue_.statistics);
        if (gathered) gathered->by_arrival = tile.has_shader<shaders::PointwiseMerging>();
        const GemmGather gather(lowering, std::move(gathered), tile, windows, shape);
        if (gather.arrival()) {
            dispatch_merging(lowering, *gather.arrival(),
                             product<shaders::PointwiseMerging>(lowering, tile, gather, windows.front()),
                             tile);
            return;
        }
        for (size_t i = 0; i < windows.size(); ++i) {
            auto plain = product<shaders::Pointwise>(lowering, tile, gather, windows[i]);
            plain.constants.statistics = epilogue_.statistics;
            plain.constants.tree = epilogue_.statistics && lowering.plan().kernels.column_tree;
            plain.bindings.partial = gather.partial().value_or(Region{});
            plain.push.first_partial = gather.first_partial(i);
            lowering.dispatch(plain, tile);
        }
        gather.finish();
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor x = after_prologue(prologue_, call);
        const HostTensor& w = call.in(1);
        HostTensor& y = call.out();
        for (int64_t m = 0; m < x.shape.rows(); ++m)
            for (int64_t n = 0; n < y.shape.c; ++n) {
                double sum = 0;
                for (int64_t k = 0; k < x.shape.c; ++k)
                    sum += x.at(m, k) * w.at(k, n);
                if (inputs_.bias) sum += call.in(inputs_.bias).at(0, n);
                sum = activate(epilogue_.activation, sum);
                if (inputs_.residual) sum += call.in(inputs_.residual).at(m, n);
                y.at(m, n) = sum;
            }
        if (epilogue_.statistics) call.out(1) = reference_statistics(y);
    }

    int64_t multiply_adds(std::span<const TensorType> inputs,
                          std::span<const TensorType> outputs) const override {
        return inputs[0].shape.elements() * outputs[0].shape.c;
    }

  private:
    // Returns the product of a window of rows, but for what becomes of statistics.
    template <typename Kernel>
    Lowering::Dispatch<Kernel> product(const Lowering& lowering, const GemmTile& tile,
                                       const GemmGather& gather, const Window& window) const {
        const TensorType &x = lowering.input_type(0), &y = lowering.output_type();
        const auto [first, rows] = window;
        const int64_t rows_per_image = x.shape.h * x.shape.w;
        const auto whole = [&](size_t input) { return input ? lowering.input(input) : Region{}; };
        Lowering::Dispatch<Kernel> d{.shader = tile.shader<Kernel>(),
                                     .storage = x.storage(),
                                     .pin_subgroup = tile.pins_subgroup(),
                                     .constants = {},
                                     .bindings = {},
                                     .push = {}};
        d.constants.workgroup = tile.workgroup;
        d.constants.activation = kind(epilogue_.activation);
        d.constants.bias = epilogue_.bias;
        d.constants.residual = epilogue_.residual;
        d.constants.scale = prologue_.channel_scale;
        d.constants.normalise = prologue_.normalise;
        d.constants.input_activation = kind(prologue_.activation);
        d.bindings.x = lowering.input(0).units(first, rows, x.row_bytes());
        d.bindings.w = lowering.input(1);
        d.bindings.y = lowering.output().units(first, rows, y.row_bytes());
        d.bindings.bias = whole(inputs_.bias);
        d.bindings.residual = whole(inputs_.residual).units(first, rows, y.row_bytes());
        if (inputs_.scale)
            d.bindings.scale = lowering.input(inputs_.scale)
                                   .units(first / rows_per_image, rows / rows_per_image,
                                          lowering.input_type(inputs_.scale).image_bytes());
        d.bindings.normalisation = whole(inputs_.normalisation);
        d.push.rows = u32(rows);
        d.push.in_channels = u32(x.shape.c);
        d.push.out_channels = u32(y.shape.c);
        d.push.rows_per_image = u32(rows_per_image);
        d.push.row_tiles = u32(gather.row_tiles());
        d.groups = tile.grid({rows, y.shape.quads(), x.shape.quads()}, lowering.plan(), gather.row_tiles());
        d.flops = 2.0 * static_cast<double>(rows * x.shape.c * y.shape.c);
        return d;
    }

    Epilogue epilogue_;
    Prologue prologue_;
    Inputs inputs_;
};

}  // namespace

std::shared_ptr<const Operator> pointwise(const Epilogue& epilogue, const Prologue& prologue) {
    return std::make_shared<PointwiseOperator>(epilogue, prologue);
}

}  // namespace vkm::graph::ops
