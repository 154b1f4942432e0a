#pragma once

#include <graph/ops/batch_norm.h>

namespace vkm::graph::ops {

/// Here is batch norm's gradient, in two nodes again. R = N*H*W is the number of rows that the statistics
/// count, z = xhat gamma + beta, and g = dy f'(z).

struct BatchNormSums {
    double epsilon = 1e-5;
    Activation activation = Activation::none;  ///< f
};
/// Takes the sums. Inputs: dy, x, statistics, gamma, beta. Outputs: sums {1, 1, 2, C} = (sum g, sum g xhat),
/// dgamma, and dbeta; the latter are the same two sums as outputs of their own, of this device's share.
std::shared_ptr<const Operator> batch_norm_sums(const BatchNormSums&);

struct BatchNormInputGrad {
    double epsilon = 1e-5;
    Activation activation = Activation::none;  ///< f
};
/// Forms dx = gamma inv_std (g - sum g / R - xhat sum(g xhat) / R). Inputs: dy, x,
/// statistics, gamma, beta, sums.
std::shared_ptr<const Operator> batch_norm_input_grad(const BatchNormInputGrad&);

struct BatchNormGradientCoefficients {
    double epsilon = 1e-5;
};
/// Prepares the same, f none, for readers that form it as they load (gradient_prologue.h). Inputs:
/// statistics, gamma, sums. Output: fp32 {1, 1, 4, C}: scale, mean, mean of g, and slope.
std::shared_ptr<const Operator> batch_norm_gradient_coefficients(const BatchNormGradientCoefficients&);

/// Throws ShapeError unless each of `vectors` is fp32 {1, 1, 1, C}.
void require_channel_vectors(int64_t channels, std::span<const TensorType> vectors);
/// Throws ShapeError unless the statistics are fp32 {1, 1, 3, C}.
void require_statistics(int64_t channels, const TensorType& statistics);

/// Normalises one channel, for the reference.
struct Normalised {
    double mean = 0, inv_std = 0, gamma = 0, beta = 0;

    double xhat(double x) const { return (x - mean) * inv_std; }
    double z(double x) const { return xhat(x) * gamma + beta; }
};

}  // namespace vkm::graph::ops
