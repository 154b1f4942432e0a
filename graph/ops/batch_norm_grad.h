#pragma once

#include <graph/ops/batch_norm.h>

namespace vkm::graph::ops {

// The two halves of batch norm's gradient, documented in batch_norm.h.

/// Inputs: dy, x, statistics, gamma, beta. Outputs: sums {1, 1, 2, C}, dgamma, dbeta.
std::shared_ptr<const Operator> batch_norm_sums(const BatchNorm&);

/// Inputs: dy, x, statistics, gamma, beta, sums. Output: dx.
std::shared_ptr<const Operator> batch_norm_input_grad(const BatchNorm&);

/// The same for readers that form it as they load (gradient_prologue.h), f none. Inputs: statistics, gamma,
/// sums. Output: fp32 {1, 1, 4, C}: scale, mean, mean of g, and slope.
std::shared_ptr<const Operator> batch_norm_gradient_coefficients(const BatchNorm&);

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
