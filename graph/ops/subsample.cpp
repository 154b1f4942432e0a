#include <base/align.h>
#include <graph/kernels/elementwise.h>
#include <graph/kernels/grid_variants.h>
#include <graph/ops/subsample.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

namespace vkm::graph::ops {
namespace {

// Lowers either direction: one invocation for each quad of the output. `small` is the tensor with fewer pixels.
template <typename Kernel>
void lower_subsample(Lowering& lowering, const TensorType& large, const TensorType& small, int64_t stride) {
    const TensorType &in = lowering.input_type(0), &out = lowering.output_type();
    const uint32_t workgroup = choose_workgroup(lowering);
    for (const Window& w : lowering.windows(large.shape.n, {large.image_bytes(), small.image_bytes()}))
        lowering.dispatch<Kernel>(
            {.storage = in.storage(),
             .constants = {.workgroup = workgroup},
             .bindings = {.x = lowering.input_images(0, w), .y = lowering.output_images(w)},
             .push = {.images = u32(w.count),
                      .height = u32(large.shape.h),
                      .width = u32(large.shape.w),
                      .out_height = u32(small.shape.h),
                      .out_width = u32(small.shape.w),
                      .stride = u32(stride),
                      .channel_quads = u32(large.shape.quads())},
             .groups = fold_workgroups(divide_up(quads_of(out, w.count), workgroup), lowering.plan())});
}

class SubsampleGradOperator final : public OperatorWith<SubsampleGrad> {
  public:
    using OperatorWith::OperatorWith;

    std::string_view name() const override { return "subsample_grad"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        return {with_shape(inputs[0],
                           {inputs[0].shape.n, attributes().height, attributes().width, inputs[0].shape.c})};
    }

    void lower(Lowering& lowering) const override {
        lower_subsample<shaders::SubsampleGrad>(lowering, lowering.output_type(), lowering.input_type(0),
                                                attributes().stride);
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor& dy = call.in(0);
        for (int64_t n = 0; n < dy.shape.n; ++n)
            for (int64_t i = 0; i < dy.shape.h; ++i)
                for (int64_t j = 0; j < dy.shape.w; ++j)
                    for (int64_t c = 0; c < dy.shape.c; ++c)
                        call.out().at(n, i * attributes().stride, j * attributes().stride, c) =
                            dy.at(n, i, j, c);
    }
};

class SubsampleOperator final : public OperatorWith<Subsample> {
  public:
    using OperatorWith::OperatorWith;

    std::string_view name() const override { return "subsample"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        const Shape& x = inputs[0].shape;
        if (attributes().stride < 1) throw ShapeError("a stride of {} takes no pixels", attributes().stride);
        return {with_shape(inputs[0], {x.n, vkm::divide_up(x.h, attributes().stride),
                                       vkm::divide_up(x.w, attributes().stride), x.c})};
    }

    void gradient(GradientBuilder& builder) const override {
        const Shape& x = builder.type(builder.input(0)).shape;
        builder.contribute(0, builder.add1(std::make_shared<SubsampleGradOperator>(
                                               SubsampleGrad{attributes().stride, x.h, x.w}),
                                           {builder.output_gradient()}));
    }

    void lower(Lowering& lowering) const override {
        lower_subsample<shaders::Subsample>(lowering, lowering.input_type(0), lowering.output_type(),
                                            attributes().stride);
    }

    void reference(ReferenceCall& call) const override {
        HostTensor& y = call.out();
        for (int64_t n = 0; n < y.shape.n; ++n)
            for (int64_t i = 0; i < y.shape.h; ++i)
                for (int64_t j = 0; j < y.shape.w; ++j)
                    for (int64_t c = 0; c < y.shape.c; ++c)
                        y.at(n, i, j, c) =
                            call.in(0).at(n, i * attributes().stride, j * attributes().stride, c);
    }
};

}  // namespace

std::shared_ptr<const Operator> subsample(int64_t stride) {
    return std::make_shared<SubsampleOperator>(Subsample{stride});
}

}  // namespace vkm::graph::ops
