#pragma once

#include <graph/operator.h>

namespace vkm::graph {

/// The values are those of shaders/include/activation.glsl. Derivatives at kinks are PyTorch's.
enum class Activation : uint32_t {
    none = 0,
    relu = 1,         ///< max(x, 0)
    relu6 = 2,        ///< min(max(x, 0), 6)
    hard_swish = 3,   ///< x relu6(x + 3) / 6        (Howard et al. 2019)
    hard_sigmoid = 4  ///< relu6(x + 3) / 6
};

/// An activation as kernels are told it.
constexpr uint32_t kind(Activation activation) {
    return static_cast<uint32_t>(activation);
}

/// The reference, shared by every operator that fuses an activation.
double activate(Activation, double x);
double activate_derivative(Activation, double x);

namespace ops {
/// y = f(x). The gradient reads x. The operator is an OperatorWith<Activation>, and its gradient
/// ("activation_grad": dx = dy f'(x), inputs dy and x) too.
std::shared_ptr<const Operator> activation(Activation);
}  // namespace ops

}  // namespace vkm::graph
