#include <graph/lower/lowering.h>
#include <graph/ops/copy.h>
#include <graph/reference/reference.h>

namespace vkm::graph::ops {
namespace {

class Copy final : public Operator {
  public:
    std::string_view name() const override { return "copy"; }
    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override { return {inputs[0]}; }
    void gradient(GradientBuilder& builder) const override {
        builder.contribute(0, builder.output_gradient());
    }
    void lower(Lowering& lowering) const override { lowering.copy(lowering.input(0), lowering.output()); }
    void reference(ReferenceCall& call) const override { call.out() = call.in(0); }
};

}  // namespace

std::shared_ptr<const Operator> copy() {
    return std::make_shared<Copy>();
}

}  // namespace vkm::graph::ops
