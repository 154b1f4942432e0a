#include <graph/kernels/grid_variants.h>
#include <graph/ops/colour_reference.h>
#include <graph/ops/colours.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <optional>

namespace vkm::graph::ops {
namespace {

constexpr int64_t table_entries = 256;

void require_program(const ColourProgram& program, std::span<const TensorType> inputs) {
    const TensorType &images = inputs[0], &words = inputs[1];
    if (images.dtype != DType::i32 || images.shape.c != 1 || images.shape.h != images.shape.w ||
        words != TensorType{DType::i32, {images.shape.n, 1, 1, program.words()}})
        throw ShapeError("{} and {} are no images with programs of {} words", images.text(), words.text(),
                         program.words());
}

/// Holds the regions of a window that every kernel reads.
struct Bound {
    Region images, program, previous, tables;
};
Bound bound(const Lowering& lowering, const ColourPass& pass, const Window& w) {
    Bound regions{lowering.input_images(0, w), lowering.input_images(1, w), {}, {}};
    if (pass.pass > 0) regions.previous = lowering.input_images(2, w);
    if (pass.program.uses(ColourKind::statistics) && lowering.input_count() > 3)
        regions.tables = lowering.input_images(3, w);
    return regions;
}

ColourReference reference_of(const ReferenceCall& call, const ColourPass& pass, int64_t image) {
    return {pass.program,
            pass.pass,
            image,
            call.in(0),
            call.in(1),
            pass.pass > 0 ? &call.in(2) : nullptr,
            call.inputs.size() > 3 ? &call.in(3) : nullptr};
}

class ColourStatisticsOperator final : public OperatorWith<ColourPass> {
  public:
    using OperatorWith::OperatorWith;

    std::string_view name() const override { return "colour_statistics"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        require_program(attributes().program, inputs);
        return {{DType::i32, {inputs[0].shape.n, 1, 1, table_entries}}};
    }

    void lower(Lowering& lowering) const override {
        const TensorType &images = lowering.input_type(0), &program = lowering.input_type(1);
        for (const Window& w : lowering.windows(images.shape.n, {images.image_bytes(), program.image_bytes(),
                                                                 lowering.output_type().image_bytes()})) {
            const Bound regions = bound(lowering, attributes(), w);
            lowering.dispatch<shaders::ColourStatistics>(
                {.constants = {.workgroup = lowering.plan().kernels.workgroup,
                               .previous = attributes().pass > 0,
                               .kinds = attributes().program.kinds},
                 .bindings = {.images = regions.images,
                              .program = regions.program,
                              .previous = regions.previous,
                              .y = lowering.output_images(w)},
                 .push = {.images = u32(w.count),
                          .size = u32(images.shape.h),
                          .program_words = u32(program.shape.c),
                          .pass = u32(attributes().pass * ColourProgram::pass_words),
                          .operations = u32(attributes().program.operations_at())},
                 .groups = fold_workgroups(w.count, lowering.plan())});
        }
    }

    void reference(ReferenceCall& call) const override {
        for (int64_t n = 0; n < call.in(0).shape.n; ++n) {
            const ColourReference image = reference_of(call, attributes(), n);
            if (image.wants_statistics() < 0) continue;
            const std::array<Pixel, table_entries> table = image.table();
            for (int64_t v = 0; v < table_entries; ++v)
                call.out().at(n, 0, 0, v) = pack_pixel(table[static_cast<size_t>(v)]);
        }
    }
};

class ColourPassOperator final : public OperatorWith<ColourPass> {
  public:
    using OperatorWith::OperatorWith;

    std::string_view name() const override { return "colour_pass"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        require_program(attributes().program, inputs);
        return {inputs[0]};
    }

    void lower(Lowering& lowering) const override {
        const TensorType &images = lowering.input_type(0), &program = lowering.input_type(1);
        const uint32_t workgroup = choose_workgroup(lowering);
        for (const Window& w : lowering.windows(
                 images.shape.n, {images.image_bytes(), program.image_bytes(), table_entries * 4})) {
            const Bound regions = bound(lowering, attributes(), w);
            lowering.dispatch<shaders::ColourPass>(
                {.constants = {.workgroup = workgroup,
                               .previous = attributes().pass > 0,
                               .kinds = attributes().program.kinds},
                 .bindings = {.images = regions.images,
                              .program = regions.program,
                              .previous = regions.previous,
                              .tables = regions.tables,
                              .y = lowering.output_images(w)},
                 .push = {.images = u32(w.count),
                          .size = u32(images.shape.h),
                          .program_words = u32(program.shape.c),
                          .pass = u32(attributes().pass * ColourProgram::pass_words),
                          .operations = u32(attributes().program.operations_at())},
                 .groups = fold_workgroups(divide_up(w.count * images.shape.h * images.shape.w, workgroup),
                                           lowering.plan())});
        }
    }

    void reference(ReferenceCall& call) const override {
        const Shape& shape = call.in(0).shape;
        for (int64_t n = 0; n < shape.n; ++n) {
            const ColourReference image = reference_of(call, attributes(), n);
            if (image.idle()) continue;
            for (int64_t y = 0; y < shape.h; ++y)
                for (int64_t x = 0; x < shape.w; ++x)
                    call.out().at(n, y, x, 0) = pack_pixel(image.after(x, y));
        }
    }
};

}  // namespace

std::shared_ptr<const Operator> colour_statistics(const ColourPass& pass) {
    return std::make_shared<ColourStatisticsOperator>(pass);
}

std::shared_ptr<const Operator> colour_pass(const ColourPass& pass) {
    return std::make_shared<ColourPassOperator>(pass);
}

}  // namespace vkm::graph::ops
