#include <graph/kernels/prologue.h>
#include <graph/reference/reference.h>

namespace vkm::graph {

void require_prologue_inputs(const Prologue& prologue, std::span<const TensorType> inputs, size_t first) {
    const PrologueInputs at(prologue, first);
    const TensorType& x = inputs[0];
    if (inputs.size() < first + prologue.inputs())
        throw ShapeError("{} inputs, with a prologue that reads {} more", inputs.size(), prologue.inputs());
    if (at.normalisation && !(inputs[at.normalisation] == f32({1, 1, 3, x.shape.c})))
        throw ShapeError("{} do not normalise {}", inputs[at.normalisation].text(), x.text());
    if (at.scale && !(inputs[at.scale] == with_shape(x, {x.shape.n, 1, 1, x.shape.c})))
        throw ShapeError("the scale of {} is {}", x.text(), inputs[at.scale].text());
}

HostTensor after_prologue(const Prologue& prologue, const ReferenceCall& call, size_t first) {
    HostTensor x = call.in(0);
    const PrologueInputs at(prologue, first);
    const int64_t pixels = x.shape.h * x.shape.w;
    for (int64_t row = 0; row < x.shape.rows(); ++row)
        for (int64_t c = 0; c < x.shape.c; ++c) {
            double& v = x.at(row, c);
            if (at.normalisation) {
                const HostTensor& n = call.in(at.normalisation);
                v = activate(prologue.activation, (v - n.at(0, c)) * n.at(1, c) + n.at(2, c));
            }
            if (at.scale) v *= call.in(at.scale).at(row / pixels, c);
        }
    return x;
}

}  // namespace vkm::graph
