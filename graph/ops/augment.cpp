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
            struct {
                float scale[4], shift[4];
                uint32_t images, height, width, pad, first_image;
            } push{};
            for (size_t c = 0; c < 3; ++c) {
                push.scale[c] = static_cast<float>(scale(c));
                push.shift[c] = static_cast<float>(shift(c));
            }
            push.images = static_cast<uint32_t>(w.count);
            push.height = static_cast<uint32_t>(images.shape.h);
            push.width = static_cast<uint32_t>(images.shape.w);
            push.pad = static_cast<uint32_t>(attributes().pad);
            push.first_image = static_cast<uint32_t>(w.first);
            Region bytes = lowering.input(0).units(w.first, w.count, images.image_bytes());
            bytes.bytes = (bytes.bytes + 3) / 4 * 4;
            lowering.dispatch(
                {shaders::augment,
                 out.storage(),
                 {workgroup, attributes().random_crop ? 1u : 0u, attributes().random_flip ? 1u : 0u}},
                {bytes, lowering.output().units(w.first, w.count, out.image_bytes()), lowering.input(1)},
                push, fold_workgroups(divide_up(quads_of(out, w.count), workgroup), lowering.plan()));
        }
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor& images = call.in(0);
        const Shape& shape = images.shape;
        for (int64_t n = 0; n < shape.n; ++n) {
            const auto random =
                philox({static_cast<uint32_t>(n) + call.step.first_sample, call.step.epoch, 0, stream},
                       {call.step.seed_low, call.step.seed_high});
            const auto span = static_cast<uint32_t>(2 * attributes().pad + 1);
            const bool flip = attributes().random_flip && (random[2] & 1) != 0;
            const int64_t dy =
                attributes().random_crop ? uniform_index(random[0], span) - attributes().pad : 0;
            const int64_t dx =
                attributes().random_crop ? uniform_index(random[1], span) - attributes().pad : 0;
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
