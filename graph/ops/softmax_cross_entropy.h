#pragma once

#include <graph/operator.h>

namespace vkm::graph::ops {

struct SoftmaxCrossEntropy {
    double label_smoothing = 0;  ///< PyTorch's: target = (1 - s) onehot + s / classes
    int64_t global_batch =
        0;  ///< the mean is taken over so many samples, on whichever devices; 0: this tensor's
};

/// A loss operator: logits {N, 1, 1, K}, labels i32 {N, 1, 1, 1}, and in mixed precision the loss scale
/// (graph/ops/loss_scale.h), which multiplies the gradient and not the loss -> fp32 {1, 1, 1, 3}: this
/// share's part of the mean loss (sum over samples / global batch), top-1 hits, top-5 hits. A label of -1
/// marks a sample that does not count. Ties are broken for the lower class, as argmax does. Its gradient,
/// (softmax - target) / global batch, times the scale, starts add_gradients.
std::shared_ptr<const Operator> softmax_cross_entropy(const SoftmaxCrossEntropy& = {});

}  // namespace vkm::graph::ops
