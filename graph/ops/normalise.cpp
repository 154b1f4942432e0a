#include <base/philox.h>
#include <graph/kernels/elementwise.h>
#include <graph/ops/colour_reference.h>
#include <graph/ops/colours.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

namespace vkm::graph::ops {
namespace {

constexpr uint32_t normalise_stream = 0x45524153;  // keeps these random numbers apart from other operators'
constexpr int64_t table_bytes = 1024;

class NormaliseOperator final : public OperatorWith<Normalise> {
  public:
    using OperatorWith::OperatorWith;

    std::string_view name() const override { return "normalise"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        const TensorType& images = inputs[0];
        if (images.dtype != DType::i32 || images.shape.c != 1)
            throw ShapeError("images are {}, not pixels of a word", images.text());
        const bool programmed = inputs.size() > 1;
        if (programmed == program().empty() ||
            (programmed && inputs[1] != TensorType{DType::i32, {images.shape.n, 1, 1, program().words()}}))
            throw ShapeError("images of {} lack programs of {} words", images.text(), program().words());
        return {{attributes().output, {images.shape.n, images.shape.h, images.shape.w, 3}}};
    }

    void lower(Lowering& lowering) const override {
        const TensorType &images = lowering.input_type(0), &out = lowering.output_type();
        const int64_t words = program().empty() ? 0 : program().words();
        const uint32_t workgroup = choose_workgroup(lowering);
        for (const Window& w : lowering.windows(
                 images.shape.n,
                 {images.image_bytes(), out.image_bytes(), std::max<int64_t>(words, 1) * 4, table_bytes})) {
            const auto input = [&](size_t i, bool used) {
                return used ? lowering.input_images(i, w) : Region();
            };
            const auto channels = [](const auto& of) {
                return std::array{static_cast<float>(of(0)), static_cast<float>(of(1)),
                                  static_cast<float>(of(2)), 0.0f};
            };
            lowering.dispatch<shaders::Normalise>(
                {.storage = out.storage(),
                 .constants = {.workgroup = workgroup,
                               .previous = program().passes > 1,
                               .kinds = program().kinds,
                               .passes = program().passes > 0,
                               .erase = static_cast<uint32_t>(attributes().erase)},
                 .bindings = {.images = input(0, true),
                              .program = input(1, !program().empty()),
                              .previous = input(2, program().passes > 1),
                              .tables = input(3, program().uses(ColourKind::statistics)),
                              .y = lowering.output_images(w)},
                 .push = {.scale = channels([&](size_t c) { return scale(c); }),
                          .shift = channels([&](size_t c) { return shift(c); }),
                          .images = u32(w.count),
                          .size = u32(images.shape.h),
                          .program_words = u32(words),
                          .pass = u32(last_pass() * ColourProgram::pass_words),
                          .operations = u32(program().operations_at()),
                          .erasures = u32(program().erasures_at()),
                          .rectangles = u32(program().erasures)},
                 .groups = fold_workgroups(divide_up(quads_of(out, w.count), workgroup), lowering.plan())});
        }
    }

    void reference(ReferenceCall& call) const override {
        const Shape& shape = call.out().shape;
        for (int64_t n = 0; n < shape.n; ++n) {
            std::optional<ColourReference> image;
            if (program().passes > 0)
                image.emplace(program(), last_pass(), n, call.in(0), call.in(1),
                              program().passes > 1 ? &call.in(2) : nullptr,
                              call.inputs.size() > 3 ? &call.in(3) : nullptr);
            for (int64_t y = 0; y < shape.h; ++y)
                for (int64_t x = 0; x < shape.w; ++x) {
                    const Pixel pixel = image ? image->after(x, y) : unpack_pixel(call.in(0).at(n, y, x, 0));
                    for (int64_t c = 0; c < 3; ++c)
                        call.out().at(n, y, x, c) =
                            pixel[static_cast<size_t>(c)] * scale(static_cast<size_t>(c)) +
                            shift(static_cast<size_t>(c));
                }
            if (attributes().erase != Erase::nothing) erase(call, n);
        }
    }

  private:
    const ColourProgram& program() const { return attributes().program; }
    int64_t last_pass() const { return std::max<int64_t>(program().passes - 1, 0); }
    double scale(size_t c) const { return 1 / (255.0 * attributes().deviation[c]); }
    double shift(size_t c) const {
        return -static_cast<double>(attributes().mean[c]) / attributes().deviation[c];
    }

    void erase(ReferenceCall& call, int64_t n) const {
        const Shape& shape = call.out().shape;
        for (int64_t rectangle = 0; rectangle < program().erasures; ++rectangle) {
            const int64_t at = program().erasures_at() + rectangle * ColourProgram::erasure_words;
            const auto word = [&](int64_t i) {
                return static_cast<int32_t>(static_cast<int64_t>(call.in(1).at(n, 0, 0, at + i)));
            };
            for (int64_t y = word(0); y < word(0) + word(2); ++y)
                for (int64_t x = word(1); x < word(1) + word(3); ++x) {
                    const bool noise = attributes().erase == Erase::noise;
                    const auto counter = noise ? static_cast<uint32_t>(y * shape.w + x) : 0u;
                    const auto bits =
                        philox({counter, static_cast<uint32_t>(rectangle), 0, normalise_stream},
                               {static_cast<uint32_t>(word(4)), static_cast<uint32_t>(word(5))});
                    for (int64_t c = 0; c < 3; ++c)
                        call.out().at(n, y, x, c) =
                            attributes().erase == Erase::zero ? 0 : deviate(bits[static_cast<size_t>(c)]);
                }
        }
    }

    /// Returns the x below which a normal number lies with the probability that the bits give, by bisection.
    static double deviate(uint32_t bits) {
        const double below = (2.0 * (bits >> 8) + 1) / (1 << 25);
        double low = -10, high = 10;
        for (int i = 0; i < 50; ++i) {
            const double middle = (low + high) / 2;
            (std::erfc(-middle / std::numbers::sqrt2) / 2 < below ? low : high) = middle;
        }
        return low;
    }
};

}  // namespace

std::shared_ptr<const Operator> normalise(const Normalise& normalise) {
    return std::make_shared<NormaliseOperator>(normalise);
}

}  // namespace vkm::graph::ops
