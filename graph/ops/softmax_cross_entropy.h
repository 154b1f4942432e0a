#pragma once

#include <graph/metric_record.h>
#include <graph/operator.h>

namespace vkm::graph::ops {

struct SoftmaxCrossEntropy {
    double label_smoothing = 0;  ///< PyTorch's: target = (1 - s) onehot + s / classes
    int64_t global_batch = 0;    ///< samples on all devices, which the mean is taken over; 0: this tensor's
};

/// Holds what a classification loss finds in a batch or a share of it; parts add up.
struct ClassificationMetrics {
    float loss = 0;  ///< sum over samples / global batch
    float top1_hits = 0, top5_hits = 0;
};

/// Computes the loss of classification: logits {N, 1, 1, K}, labels i32 {N, 1, 1, 1}, and in mixed precision
/// the loss scale (graph/ops/loss_scale.h) -> ClassificationMetrics of this share. A label of -1 marks a
/// sample that does not count. Ties go to the lower class, as argmax breaks them. A loss operator: its
/// gradient, (softmax - target) / global batch, starts add_gradients. The loss scale multiplies the gradient
/// and not the loss.
std::shared_ptr<const Operator> softmax_cross_entropy(const SoftmaxCrossEntropy& = {});

}  // namespace vkm::graph::ops
