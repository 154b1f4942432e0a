#include <graph/ops/augment.h>
#include <graph/ops/cast.h>
#include <graph/ops/colours.h>
#include <graph/ops/scale_images.h>
#include <train/input_graph.h>

#include <algorithm>

namespace vkm::train {
namespace {

using namespace graph;

std::array<float, 3> floats(const std::array<double, 3>& values) {
    std::array<float, 3> result{};
    std::ranges::transform(values, result.begin(), [](double v) { return static_cast<float>(v); });
    return result;
}

// Adds images of the input size, which the device at most crops and mirrors.
ValueId add_bytes(StepGraph& step, const ModelConfig& model, const StepShape& shape,
                  const Augmentation& augmentation) {
    step.images =
        step.graph.input("images", {DType::u8, {shape.local_batch, model.input_size, model.input_size, 3}});
    return step.graph.add1("augment",
                           ops::augment({.mean = floats(model.mean),
                                         .deviation = floats(model.std),
                                         .crop_padding = augmentation.crop == Crop::pad4 ? 4 : 0,
                                         .random_flip = augmentation.flip > 0,
                                         .output = shape.storage}),
                           {step.images, step.graph.step_params()});
}

// Adds a pass of the colours' program, but for the last one, and what the last one needs. Returns its inputs.
std::vector<ValueId> add_passes(StepGraph& step, ValueId images, const ops::ColourProgram& program) {
    std::vector<ValueId> inputs{images, step.programs, images, images};
    for (int64_t pass = 0; pass < program.passes; ++pass) {
        const ops::ColourPass attributes{program, pass};
        if (program.uses(ops::ColourKind::statistics))
            inputs[3] = step.graph.add1("augment", ops::colour_statistics(attributes),
                                        {images, step.programs, inputs[2]});
        if (pass + 1 < program.passes)
            inputs[2] = step.graph.add1("augment", ops::colour_pass(attributes), inputs);
    }
    return inputs;
}

}  // namespace

ValueId add_sources(StepGraph& step, const ModelConfig& model, const StepShape& shape,
                    const SourceLayout& layout) {
    const auto words = [&](const char* name, int64_t count) {
        return step.graph.input(name, {DType::i32, {shape.local_batch, 1, 1, count}});
    };
    step.images = step.graph.input("images", {DType::u8, {shape.local_batch, 1, 1, layout.image_bytes}});
    step.tables = words("tables", layout.table_words());
    const ValueId images = step.graph.add1("scale", ops::scale_images({layout.size, layout.most_rows}),
                                           {step.images, step.tables});
    std::vector<ValueId> inputs{images};
    if (!layout.program.empty()) {
        step.programs = words("programs", layout.program.words());
        inputs = add_passes(step, images, layout.program);
    }
    return step.graph.add1("augment",
                           ops::normalise({.mean = floats(model.mean),
                                           .deviation = floats(model.std),
                                           .output = shape.storage,
                                           .program = layout.program,
                                           .erase = layout.erase}),
                           inputs);
}

ValueId add_inputs(StepGraph& step, const ModelConfig& model, const StepShape& shape,
                   const Augmentation& augmentation) {
    step.labels = step.graph.input("labels", {DType::i32, {shape.local_batch, 1, 1, 1}});
    switch (shape.pixels) {
        case PixelType::bytes:
            return add_bytes(step, model, shape, augmentation);
        case PixelType::sources:
            return add_sources(step, model, shape,
                               source_layout(model.input_size, augmentation, shape.scaling));
        case PixelType::floats:
        case PixelType::features:  // the network's first part is there to be left out (graph/passes/cut.h)
            break;
    }
    step.images = step.graph.input("images", f32({shape.local_batch, model.input_size, model.input_size, 3}));
    if (shape.storage == DType::f32) return step.images;
    return step.graph.add1("images", ops::cast(shape.storage), {step.images});
}

}  // namespace vkm::train
