#include <graph/kernels/statistics.h>
#include <graph/ops/depthwise_grad.h>
#include <graph/ops/depthwise_lowering.h>
#include <graph/reference/reference.h>

#include <variant>

namespace vkm::graph::ops {
namespace {

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
        const FusedDepthwise depthwise{attributes(), epilogue_, prologue_};
        std::visit([&](const auto& way) { lower_depthwise(lowering, depthwise, way); },
                   lowering.choose("tile", ways));
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

    Epilogue epilogue_;
    Prologue prologue_;
};

}  // namespace

std::shared_ptr<const Operator> depthwise(int64_t stride, Padding padding, const Epilogue& epilogue,
                                          const Prologue& prologue) {
    return std::make_shared<DepthwiseOperator>(Depthwise{stride, padding}, epilogue, prologue);
}

}  // namespace vkm::graph::ops
