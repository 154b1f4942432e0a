#include <graph/kernels/elementwise.h>
#include <graph/ops/add.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

namespace vkm::graph::ops {
namespace {

class AddOperator final : public OperatorWith<Add> {
  public:
    std::string_view name() const override { return "add"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        if (!(inputs[0] == inputs[1]))
            throw ShapeError("cannot add {} and {}", inputs[0].text(), inputs[1].text());
        return {inputs[0]};
    }

    void gradient(GradientBuilder& builder) const override {
        builder.contribute(0, builder.output_gradient());
        builder.contribute(1, builder.output_gradient());
    }

    void lower(Lowering& lowering) const override {
        lower_elementwise<shaders::Add>(
            lowering, lowering.output_type(),
            {.a = lowering.input(0), .b = lowering.input(1), .y = lowering.output()},
            [](uint32_t quads) { return shaders::Add::Push{.quads = quads}; });
    }

    void reference(ReferenceCall& call) const override {
        for (size_t i = 0; i < call.out().values.size(); ++i)
            call.out().values[i] = call.in(0).values[i] + call.in(1).values[i];
    }
};

}  // namespace

std::shared_ptr<const Operator> add() {
    return std::make_shared<AddOperator>();
}

}  // namespace vkm::graph::ops
