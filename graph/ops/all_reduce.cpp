#include <graph/lower/lowering.h>
#include <graph/ops/all_reduce.h>
#include <graph/reference/reference.h>

namespace vkm::graph::ops {
namespace {

class AllReduce final : public Operator {
  public:
    explicit AllReduce(Reduction reduction) : reduction_(reduction) {}

    std::string_view name() const override { return "all_reduce"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        if (inputs[0].dtype != DType::f32) throw ShapeError("{} is not fp32", inputs[0].text());
        return {};
    }

    std::vector<size_t> updates() const override { return {0}; }

    void lower(Lowering& lowering) const override { lowering.host_reduce(lowering.input(0), reduction_); }

    void reference(ReferenceCall&) const override {}

  private:
    Reduction reduction_;
};

}  // namespace

std::shared_ptr<const Operator> all_reduce(Reduction reduction) {
    return std::make_shared<AllReduce>(reduction);
}

}  // namespace vkm::graph::ops
