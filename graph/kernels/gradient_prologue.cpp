#include <graph/kernels/gradient_prologue.h>

namespace vkm::graph {

std::span<const TensorType> without_gradient_prologue(bool forms, size_t gradient_input,
                                                      std::span<const TensorType> inputs) {
    if (!forms) return inputs;
    const TensorType& dy = inputs[gradient_input];
    if (inputs.size() < gradient_input + 1 + gradient_prologue_inputs)
        throw ShapeError("{} inputs, with a gradient that is formed from {} more", inputs.size(),
                         gradient_prologue_inputs);
    const std::span<const TensorType> own = inputs.first(inputs.size() - gradient_prologue_inputs);
    const TensorType &y = inputs[own.size()], &coefficients = inputs[own.size() + 1];
    if (!(y == dy) || !(coefficients == f32({1, 1, 4, dy.shape.c})))
        throw ShapeError("{} and {} do not form the gradient {}", y.text(), coefficients.text(), dy.text());
    return own;
}

GradientPrologueRegions gradient_prologue_regions(const Lowering& lowering, bool forms, const Window& w,
                                                  int64_t unit_bytes) {
    if (!forms) return {};
    const size_t y = lowering.input_count() - gradient_prologue_inputs;
    return {.y = lowering.input(y).units(w.first, w.count, unit_bytes),
            .coefficients = lowering.input(y + 1)};
}

HostTensor after_gradient_prologue(bool forms, size_t gradient_input, const ReferenceCall& call) {
    HostTensor g = call.in(gradient_input);
    if (!forms) return g;
    const HostTensor& y = call.in(call.inputs.size() - 2);
    const HostTensor& coefficients = call.in(call.inputs.size() - 1);
    for (int64_t c = 0; c < g.shape.c; ++c) {
        const double scale = coefficients.at(0, c), mean = coefficients.at(1, c);
        const double mean_g = coefficients.at(2, c), slope = coefficients.at(3, c);
        for (int64_t row = 0; row < g.shape.rows(); ++row)
            g.at(row, c) = scale * (g.at(row, c) - mean_g - (y.at(row, c) - mean) * slope);
    }
    return g;
}

}  // namespace vkm::graph
