#include <graph/kernels/elementwise.h>
#include <graph/kernels/grid_variants.h>
#include <graph/ops/cast.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

namespace vkm::graph::ops {
namespace {

class CastOperator final : public OperatorWith<Cast> {
  public:
    using OperatorWith::OperatorWith;

    std::string_view name() const override { return "cast"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        const auto floating = [](DType type) { return type == DType::f32 || type == DType::f16; };
        if (!floating(inputs[0].dtype) || !floating(attributes().to) || inputs[0].dtype == attributes().to)
            throw ShapeError("a cast from {} changes between f32 and f16", inputs[0].text());
        return {{attributes().to, inputs[0].shape}};
    }

    // Weight gradients are summed and handed on in fp32 whatever the weights' type.
    void gradient(GradientBuilder& builder) const override {
        const ValueId dy = builder.output_gradient();
        const DType wanted = builder.type(builder.input(0)).dtype;
        builder.contribute(0, builder.type(dy).dtype == wanted
                                  ? dy
                                  : builder.add1(std::make_shared<CastOperator>(Cast{wanted}), {dy}));
    }

    void lower(Lowering& lowering) const override {
        const TensorType& x = lowering.input_type(0);
        const uint32_t workgroup = choose_workgroup(lowering);
        const Shader& shader = attributes().to == DType::f16 ? shaders::narrow : shaders::widen;
        const int64_t x_quad = x.dtype == DType::f16 ? 8 : 16, y_quad = 24 - x_quad;  // bytes
        // Cut by quads, not rows: a flat buffer is one row.
        for (const Window& w : lowering.windows(x.shape.rows() * x.shape.quads(), {x_quad, y_quad})) {
            lowering.dispatch<shaders::Cast>(
                {.shader = shader,
                 .storage = Storage::f16,
                 .constants = {.workgroup = workgroup},
                 .bindings = {.x = lowering.input(0).units(w.first, w.count, x_quad),
                              .y = lowering.output().units(w.first, w.count, y_quad)},
                 .push = {.quads = u32(w.count)},
                 .groups = fold_workgroups(divide_up(w.count, workgroup), lowering.plan())});
        }
    }

    void reference(ReferenceCall& call) const override { call.out().values = call.in(0).values; }
};

}  // namespace

std::shared_ptr<const Operator> cast(DType to) {
    return std::make_shared<CastOperator>(Cast{to});
}

}  // namespace vkm::graph::ops
