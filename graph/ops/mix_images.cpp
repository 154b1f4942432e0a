#include <graph/kernels/elementwise.h>
#include <graph/kernels/grid_variants.h>
#include <graph/ops/mix_images.h>
#include <graph/ops/sample_terms.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

namespace vkm::graph::ops {
namespace {

class MixImages final : public Operator {
  public:
    std::string_view name() const override { return "mix_images"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        const Shape& images = inputs[0].shape;
        if (images.n % 2 != 0) throw ShapeError("{} images have not all a neighbour", images.n);
        if (!(inputs[1] == sample_terms_type(images.n)))
            throw ShapeError("the terms of {} are {}", inputs[0].text(), inputs[1].text());
        return {inputs[0]};
    }

    void lower(Lowering& lowering) const override {
        const TensorType& type = lowering.output_type();
        const int64_t pair = 2 * type.image_bytes(), terms = 2 * lowering.input_type(1).image_bytes();
        const uint32_t workgroup = choose_workgroup(lowering);
        for (const Window& w : lowering.windows(type.shape.n / 2, {pair, terms})) {
            const int64_t quads = quads_of(type, 2 * w.count);
            lowering.dispatch<shaders::MixImages>(
                {.storage = type.storage(),
                 .constants = {.workgroup = workgroup},
                 .bindings = {.x = lowering.input(0).units(w.first, w.count, pair),
                              .y = lowering.output().units(w.first, w.count, pair),
                              .terms = lowering.input(1).units(w.first, w.count, terms)},
                 .push = {.images = u32(2 * w.count),
                          .image_quads = u32(quads_of(type, 1)),
                          .row_quads = u32(type.shape.w * type.shape.quads()),
                          .pixel_quads = u32(type.shape.quads())},
                 .groups = fold_workgroups(divide_up(quads, workgroup), lowering.plan())});
        }
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor& x = call.in(0);
        const Shape& shape = x.shape;
        for (int64_t n = 0; n < shape.n; ++n) {
            const auto term = [&](int64_t i) { return call.in(1).at(n, i); };
            for (int64_t h = 0; h < shape.h; ++h)
                for (int64_t w = 0; w < shape.w; ++w) {
                    const auto row = [&](int64_t image) { return (image * shape.h + h) * shape.w + w; };
                    const auto y = static_cast<double>(h), at = static_cast<double>(w);
                    const bool boxed = y >= term(2) && y < term(3) && at >= term(4) && at < term(5);
                    const double own = boxed ? 0 : term(0);
                    for (int64_t c = 0; c < shape.c; ++c)
                        call.out().at(row(n), c) = own * x.at(row(n), c) + (1 - own) * x.at(row(n ^ 1), c);
                }
        }
    }
};

}  // namespace

std::shared_ptr<const Operator> mix_images() {
    return std::make_shared<MixImages>();
}

}  // namespace vkm::graph::ops
