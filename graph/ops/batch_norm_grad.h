#pragma once

#include <graph/ops/batch_norm.h>

namespace vkm::graph::ops {

/// Batch norm's gradient, over the R = N*H*W rows that the statistics count, with g = dy f'(z) and
/// z = xhat gamma + beta, in two nodes again.

struct BatchNormSums {
    double epsilon = 1e-5;
    Activation activation = Activation::none;  ///< f
};
/// Inputs: dy, x, statistics, gamma, beta. Outputs: sums {1, 1, 2, C} = (sum g, sum g xhat), and dgamma and
/// dbeta: the same two as outputs of their own, of this device's share.
std::shared_ptr<const Operator> batch_norm_sums(const BatchNormSums&);

struct BatchNormInputGrad {
    double epsilon = 1e-5;
    Activation activation = Activation::none;  ///< f
};
/// dx = gamma inv_std (g - sum g / R - xhat sum(g xhat) / R). Inputs: dy, x, statistics, gamma, beta, sums.
std::shared_ptr<const Operator> batch_norm_input_grad(const BatchNormInputGrad&);

struct BatchNormGradientCoefficients {
    double epsilon = 1e-5;
};
/// The same for readers that form it as they load (gradient_prologue.h), f none. Inputs: statistics, gamma,
/// sums. Output: fp32 {1, 1, 4, C}: scale, mean, mean of g, and slope.
std::shared_ptr<const Operator> batch_norm_gradient_coefficients(const BatchNormGradientCoefficients&);

/// Throws ShapeError unless each of `vectors` is fp32 {1, 1, 1, C}.
void require_channel_vectors(int64_t channels, std::span<const TensorType> vectors);
/// Throws ShapeError unless the statistics are fp32 {1, 1, 3, C}.
void require_statistics(int64_t channels, const TensorType& statistics);

/// Normalisation of one channel, for the reference.
struct Normalised {
    double mean = 0, inv_std = 0, gamma = 0, beta = 0;

    double xhat(double x) const { return (x - mean) * inv_std; }
    double z(double x) const { return xhat(x) * gamma + beta; }
};

}  // namespace vkm::graph::ops
