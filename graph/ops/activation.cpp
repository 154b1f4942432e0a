#include <graph/kernels/elementwise.h>
#include <graph/ops/activation.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <algorithm>

namespace vkm::graph {

double activate(Activation activation, double x) {
    switch (activation) {
        case Activation::none:
            return x;
        case Activation::relu:
            return std::max(x, 0.0);
        case Activation::relu6:
            return std::clamp(x, 0.0, 6.0);
        case Activation::hard_swish:
            return x * std::clamp(x + 3, 0.0, 6.0) / 6;
        case Activation::hard_sigmoid:
            return std::clamp(x + 3, 0.0, 6.0) / 6;
        case Activation::square:
            return x * x;
    }
    return x;
}

double activate_derivative(Activation activation, double x) {
    switch (activation) {
        case Activation::none:
            return 1;
        case Activation::relu:
            return x > 0 ? 1 : 0;
        case Activation::relu6:
            return x > 0 && x < 6 ? 1 : 0;
        case Activation::hard_swish:
            return x < -3 ? 0 : x > 3 ? 1 : x / 3 + 0.5;
        case Activation::hard_sigmoid:
            return x > -3 && x < 3 ? 1.0 / 6 : 0;
        case Activation::square:
            return 2 * x;
    }
    return 1;
}

namespace ops {
namespace {

void require_same(std::span<const TensorType> inputs) {
    if (!(inputs[0] == inputs[1]))
        throw ShapeError("the gradient {} is not of the input's type {}", inputs[0].text(), inputs[1].text());
}

class ActivationGradOperator final : public OperatorWith<ActivationGrad> {
  public:
    using OperatorWith::OperatorWith;

    std::string_view name() const override { return "activation_grad"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        require_same(inputs);
        return {inputs[1]};
    }

    void lower(Lowering& lowering) const override {
        using Kernel = shaders::ActivationGrad;
        lower_elementwise<Kernel>(
            lowering, lowering.output_type(),
            {.dy = lowering.input(0), .x = lowering.input(1), .dx = lowering.output()},
            [&](uint32_t quads) { return Kernel::Push{.quads = quads, .kind = kind(attributes().f)}; });
    }

    void reference(ReferenceCall& call) const override {
        for (size_t i = 0; i < call.out().values.size(); ++i)
            call.out().values[i] =
                call.in(0).values[i] * activate_derivative(attributes().f, call.in(1).values[i]);
    }
};

class ActivationOperator final : public OperatorWith<ActivationLayer> {
  public:
    using OperatorWith::OperatorWith;

    std::string_view name() const override { return "activation"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override { return {inputs[0]}; }

    void gradient(GradientBuilder& builder) const override {
        builder.contribute(
            0, builder.add1(std::make_shared<ActivationGradOperator>(ActivationGrad{attributes().f}),
                            {builder.output_gradient(), builder.input(0)}));
    }

    void lower(Lowering& lowering) const override {
        using Kernel = shaders::Activation;
        lower_elementwise<Kernel>(
            lowering, lowering.output_type(), {.x = lowering.input(0), .y = lowering.output()},
            [&](uint32_t quads) { return Kernel::Push{.quads = quads, .kind = kind(attributes().f)}; });
    }

    void reference(ReferenceCall& call) const override {
        for (size_t i = 0; i < call.out().values.size(); ++i)
            call.out().values[i] = activate(attributes().f, call.in(0).values[i]);
    }
};

}  // namespace

std::shared_ptr<const Operator> activation(Activation activation) {
    return std::make_shared<ActivationOperator>(ActivationLayer{activation});
}

}  // namespace ops
}  // namespace vkm::graph
