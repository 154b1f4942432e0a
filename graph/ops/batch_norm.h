#pragma once

#include <graph/ops/activation.h>

namespace vkm::graph::ops {

/// Batch normalisation (Ioffe and Szegedy 2015) in two nodes, so that statistics can be reduced over devices
/// in between.

/// x {N, H, W, C} -> {1, 1, 3, C} fp32: mean, sum of squared deviations from it (M2), and the count N*H*W.
std::shared_ptr<const Operator> batch_statistics();

struct BatchNorm {
    double epsilon = 1e-5;
    double momentum = 0.1;  ///< PyTorch's: new = (1 - m) old + m batch; the running variance is unbiased
    Activation activation = Activation::none;  ///< fused: y = f((x - mean) / sqrt(var + eps) * gamma + beta)
    bool residual = false;                     ///< fused: y = f(...) + an input of y's type, which comes last
    bool synchronised =
        false;  ///< the gradient's sums are all-reduced too (the statistics by a node between)
};

/// Training. Inputs: x, statistics, gamma, beta, running mean, running variance; updates the last two, but
/// for channels whose mean is not finite (an fp16 activation overflowed): those keep theirs.
/// Output: y. Both are an OperatorWith<BatchNorm>.
std::shared_ptr<const Operator> batch_norm(const BatchNorm&);

/// The same for consumers that normalise as they load (prologue.h). Inputs: statistics, gamma, beta, running
/// mean, running variance; updates the last two. Output: fp32 {1, 1, 3, C}: mean, gamma / sqrt(var + eps) and
/// beta.
std::shared_ptr<const Operator> batch_norm_coefficients(const BatchNorm&);

/// Inference from running statistics. Inputs: x, gamma, beta, running mean, running variance.
std::shared_ptr<const Operator> batch_norm_inference(const BatchNorm&);

// Backward, over the R = N*H*W rows counted by the statistics, with g = dy f'(z), z = xhat gamma + beta:
//   batch_norm_sums (dy, x, statistics, gamma, beta) -> sums {1, 1, 2, C} = (sum g, sum g xhat), and the same
//   two as
//                   outputs of their own: the gradients of beta and gamma of this device's share
//   batch_norm_input_grad (dy, x, statistics, gamma, beta, sums) -> gamma inv_std (g - sum g / R - xhat sum(g
//   xhat) / R)

}  // namespace vkm::graph::ops
