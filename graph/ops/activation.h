#pragma once

#include <graph/operator.h>

namespace vkm::graph {

/// Names the activations; the values are those of shaders/include/activation.glsl.
/// Derivatives at kinks are PyTorch's.
enum class Activation : uint32_t {
    none = 0,
    relu = 1,          ///< max(x, 0)
    relu6 = 2,         ///< min(max(x, 0), 6)
    hard_swish = 3,    ///< x relu6(x + 3) / 6        (Howard et al. 2019)
    hard_sigmoid = 4,  ///< relu6(x + 3) / 6
    square = 5         ///< x x: a tensor times itself
};

/// Returns an activation as kernels are told it.
constexpr uint32_t kind(Activation activation) {
    return static_cast<uint32_t>(activation);
}

/// Return f(x) and f'(x): the reference of every operator that fuses an activation.
double activate(Activation, double x);
double activate_derivative(Activation, double x);

namespace ops {
struct ActivationLayer {
    Activation f = Activation::none;
};
/// y = f(x).
std::shared_ptr<const Operator> activation(Activation);

/// Forms the gradient of an activation: dx = dy f'(x). Inputs: dy, x.
struct ActivationGrad {
    Activation f = Activation::none;
};
}  // namespace ops

}  // namespace vkm::graph
