#pragma once

#include <graph/ops/activation.h>

namespace vkm::graph::ops {

/// Holds the activations of squeeze-and-excite's two fully connected layers, from the mean over pixels to the
/// scale. They run in one dispatch each way: whoever computes an image's hidden channels needs nothing of
/// other images. Made by passes/fuse_squeeze_excite.h; not differentiable.
struct SqueezeExciteLayers {
    Activation hidden = Activation::relu;         ///< f
    Activation scale = Activation::hard_sigmoid;  ///< g
};

/// Counts the hidden channels that one workgroup's shared memory holds.
constexpr int64_t most_hidden_channels = 2048;

/// Returns whether f'(x) can be computed from f(x): then backward needs f(x) alone.
constexpr bool derivative_is_of_result(Activation f) {
    return f == Activation::none || f == Activation::relu || f == Activation::relu6;
}

/// Computes h = f(pooled w1 + b1), z = h w2 + b2, s = g(z). Inputs: pooled {N, 1, 1, C},
/// w1 {1, 1, round_up4(C), K} (WeightLayout::matrix), b1 fp32 {1, 1, 1, K}, w2 {1, 1, round_up4(K), C},
/// b2 fp32 {1, 1, 1, C}. Outputs: h {N, 1, 1, K}, z and s {N, 1, 1, C}.
std::shared_ptr<const Operator> squeeze_excite_layers(const SqueezeExciteLayers&);

/// Holds the attributes of the layers whose gradient this is.
struct SqueezeExciteLayersGrad : SqueezeExciteLayers {};

/// Computes dz = ds g'(z), dy = (dz w2^T) f'(y), dpooled = dy w1^T. y is what f is applied to, or f's
/// result where derivative_is_of_result. Inputs: ds and z {N, 1, 1, C}, w2, y {N, 1, 1, K}, w1. Outputs:
/// dz, dy, dpooled.
std::shared_ptr<const Operator> squeeze_excite_layers_grad(const SqueezeExciteLayers&);

}  // namespace vkm::graph::ops
