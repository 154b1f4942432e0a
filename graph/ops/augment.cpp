#include <base/align.h>
#include <base/philox.h>
#include <graph/kernels/elementwise.h>
#include <graph/kernels/grid_variants.h>
#include <graph/ops/augment.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

namespace vkm::graph::ops {
namespace {

constexpr uint32_t stream = 0x41554747;  // keeps these random numbers apart from other operators'

class AugmentOperator final : public OperatorWith<Augment> {
  public:
    using OperatorWith::OperatorWith;

    std::string_view name() const override { return "augment"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        if (inputs[0].dtype != DType::u8 || inputs[0].shape.c != 3)
            throw ShapeError("images are {}, not bytes of three channels", inputs[0].text());
        return {{attributes().output, inputs[0].shape}};
    }

    void lower(Lowering& lowering) const override {
        const TensorType& images = lowering.input_type(0);
        const TensorType& out = lowering.output_type();
        const uint32_t workgroup = choose_workgroup(lowering);
        for (const Window& w : lowering.windows(images.shape.n, {images.image_bytes(), out.image_bytes()})) {
            Region bytes = lowering.input(0).units(w.first, w.count, images.image_bytes());
            bytes.bytes = align_up(bytes.bytes, 4);
            const auto channels = [](const auto& of) {
                return std::array{static_cast<float>(of(0)), static_cast<float>(of(1)),
                                  static_cast<float>(of(2)), 0.0f};
            };
            lowering.dispatch<shaders::Augment>(
                {.storage = out.storage(),
                 .constants = {.workgroup = workgroup,
                               .crop = attributes().crop_padding > 0,
                               .flip = attributes().random_flip},
                 .bindings = {.images = bytes,
                              .y = lowering.output().units(w.first, w.count, out.image_bytes()),
                              .step_params = lowering.input(1)},
                 .push = {.scale = channels([&](size_t c) { return scale(c); }),
                          .shift = channels([&](size_t c) { return shift(c); }),
                          .images = u32(w.count),
                          .height = u32(images.shape.h),
                          .width = u32(images.shape.w),
                          .pad = u32(attributes().crop_padding),
                          .first_image = u32(w.first)},
                 .groups = fold_workgroups(divide_up(quads_of(out, w.count), workgroup), lowering.plan())});
        }
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor& images = call.in(0);
        const Shape& shape = images.shape;
        for (int64_t n = 0; n < shape.n; ++n) {
            const auto random =
                philox({static_cast<uint32_t>(n) + call.step.first_sample, call.step.epoch, 0, stream},
                       {call.step.seed_low, call.step.seed_high});
            const int64_t padding = attributes().crop_padding;
            const auto span = static_cast<uint32_t>(2 * padding + 1);
            const bool flip = attributes().random_flip && (random[2] & 1) != 0;
            const int64_t dy = uniform_index(random[0], span) - padding;
            const int64_t dx = uniform_index(random[1], span) - padding;
            for (int64_t h = 0; h < shape.h; ++h)
                for (int64_t w = 0; w < shape.w; ++w)
                    for (int64_t c = 0; c < 3; ++c) {
                        const int64_t y = h + dy, x = (flip ? shape.w - 1 - w : w) + dx;
                        const bool inside = y >= 0 && y < shape.h && x >= 0 && x < shape.w;
                        const double pixel = inside ? images.at(n, y, x, c) : 0;
                        call.out().at(n, h, w, c) =
                            pixel * scale(static_cast<size_t>(c)) + shift(static_cast<size_t>(c));
                    }
        }
    }

  private:
    double scale(size_t c) const { return 1 / (255.0 * attributes().deviation[c]); }
    double shift(size_t c) const {
        return -static_cast<double>(attributes().mean[c]) / attributes().deviation[c];
    }
};

}  // namespace

std::shared_ptr<const Operator> augment(const Augment& augment) {
    return std::make_shared<AugmentOperator>(augment);
}

}  // namespace vkm::graph::ops
