#include <graph/lowering.h>
#include <graph/ops/add.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

namespace vkm::graph::ops {
namespace {

class Add final : public Operator {
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
        const TensorType& type = lowering.output_type();
        const int64_t image = type.image_bytes();
        const uint32_t workgroup = lowering.plan().kernels.workgroup;
        for (const Window& w : lowering.windows(type.shape.n, {image})) {
            const int64_t quads = w.count * type.shape.h * type.shape.w * type.shape.quads();
            struct {
                uint32_t quads;
            } push{static_cast<uint32_t>(quads)};
            lowering.dispatch({shaders::add, type.storage(), {workgroup}},
                              {lowering.input(0).units(w.first, w.count, image),
                               lowering.input(1).units(w.first, w.count, image),
                               lowering.output().units(w.first, w.count, image)},
                              push, fold_workgroups(divide_up(quads, workgroup), lowering.plan()));
        }
    }

    void reference(ReferenceCall& call) const override {
        for (size_t i = 0; i < call.out().values.size(); ++i)
            call.out().values[i] = call.in(0).values[i] + call.in(1).values[i];
    }
};

}  // namespace

std::shared_ptr<const Operator> add() { return std::make_shared<Add>(); }

}  // namespace vkm::graph::ops
