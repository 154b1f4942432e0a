#pragma once

#include <graph/ops/activation.h>

namespace vkm::graph::ops {

/// Here is batch normalisation (Ioffe and Szegedy 2015) in two nodes, so that statistics can be reduced over
/// devices between them. Its gradient is in batch_norm_grad.h.

struct BatchStatistics {};
/// Takes statistics: x {N, H, W, C} -> fp32 {1, 1, 3, C}: mean, sum of squared deviations
/// from it (M2), count N*H*W.
std::shared_ptr<const Operator> batch_statistics();

struct BatchNorm {
    double epsilon = 1e-5;
    double momentum = 0.1;  ///< PyTorch's m: new = (1 - m) old + m batch; the running variance is unbiased
    Activation activation = Activation::none;  ///< fused: y = f((x - mean) / sqrt(var + eps) * gamma + beta)
    bool residual = false;                     ///< fused: y = f(...) + an input of y's type, which comes last
    bool synchronised = false;  ///< the gradient's sums are all-reduced, as the statistics are by a node
};
/// Normalises in training. Inputs: x, statistics, gamma, beta, running mean, running variance. Updates the
/// last two, except for channels whose mean is not finite (an fp16 activation overflowed). Output: y.
std::shared_ptr<const Operator> batch_norm(const BatchNorm&);

struct BatchNormCoefficients {
    double epsilon = 1e-5;
    double momentum = 0.1;
};
/// Prepares the same for consumers that normalise as they load (prologue.h). Inputs: statistics, gamma, beta,
/// running mean, running variance. Updates the last two. Output: fp32 {1, 1, 3, C}: mean,
/// gamma / sqrt(var + eps) and beta.
std::shared_ptr<const Operator> batch_norm_coefficients(const BatchNormCoefficients&);

struct BatchNormInference {
    double epsilon = 1e-5;
    Activation activation = Activation::none;
};
/// Normalises in inference, by running statistics. Inputs: x, gamma, beta, running mean, running variance.
std::shared_ptr<const Operator> batch_norm_inference(const BatchNormInference&);

}  // namespace vkm::graph::ops
