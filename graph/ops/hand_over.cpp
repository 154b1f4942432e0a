#include <graph/lower/lowering.h>
#include <graph/ops/hand_over.h>

namespace vkm::graph::ops {
namespace {

class Give final : public OperatorWith<HandOver> {
  public:
    using OperatorWith::OperatorWith;

    std::string_view name() const override { return "give"; }
    std::vector<TensorType> infer(std::span<const TensorType>) const override { return {}; }
    void lower(Lowering& lowering) const override {
        lowering.host_reduce({.region = lowering.input(0),
                              .reduction = Reduction::copy,
                              .gives = true,
                              .takes = false,
                              .number = attributes().number});
    }
    void reference(ReferenceCall&) const override {}
};

class Take final : public OperatorWith<HandOver> {
  public:
    Take(const HandOver& way, const TensorType& type) : OperatorWith(way), type_(type) {}

    std::string_view name() const override { return "take"; }
    std::vector<TensorType> infer(std::span<const TensorType>) const override { return {type_}; }
    void lower(Lowering& lowering) const override {
        lowering.host_reduce({.region = lowering.output(),
                              .reduction = Reduction::copy,
                              .gives = false,
                              .takes = true,
                              .number = attributes().number});
    }
    void reference(ReferenceCall&) const override { throw Error("one device alone takes nothing"); }

  private:
    TensorType type_;
};

}  // namespace

std::shared_ptr<const Operator> give(size_t number) {
    return std::make_shared<Give>(HandOver{.number = number, .gives = true});
}

std::shared_ptr<const Operator> take(size_t number, const TensorType& type) {
    return std::make_shared<Take>(HandOver{.number = number, .gives = false}, type);
}

}  // namespace vkm::graph::ops
