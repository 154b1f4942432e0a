#include <graph/lower/lowering.h>
#include <graph/ops/all_reduce.h>
#include <graph/reference/reference.h>

namespace vkm::graph::ops {
namespace {

class AllReduceOperator final : public OperatorWith<AllReduce> {
  public:
    using OperatorWith::OperatorWith;

    std::string_view name() const override { return "all_reduce"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        if (inputs[0].dtype != DType::f32) throw ShapeError("{} is not fp32", inputs[0].text());
        return {};
    }

    std::vector<size_t> updates() const override { return {0}; }

    void lower(Lowering& lowering) const override {
        lowering.host_reduce({.region = lowering.input(0), .reduction = attributes().reduction});
    }

    void reference(ReferenceCall&) const override {}
};

}  // namespace

std::shared_ptr<const Operator> all_reduce(Reduction reduction) {
    return std::make_shared<AllReduceOperator>(AllReduce{reduction});
}

}  // namespace vkm::graph::ops
