#pragma once

#include <graph/metric_record.h>
#include <graph/operator.h>

namespace vkm::graph::ops {

struct SoftmaxCrossEntropy {
    double label_smoothing = 0;  ///< PyTorch's: target = (1 - s) onehot + s / classes
    int64_t global_batch =
        0;  ///< the mean is taken over so many samples, on whichever devices; 0: this tensor's
};

/// What a classification loss finds of a batch or of a share of it; parts add up.
struct ClassificationMetrics {
    float loss = 0;  ///< sum over samples / global batch
    float top1_hits = 0, top5_hits = 0;
};

/// A loss operator: logits {N, 1, 1, K}, labels i32 {N, 1, 1, 1}, and in mixed precision the loss scale
/// (graph/ops/loss_scale.h), which multiplies the gradient and not the loss -> ClassificationMetrics of this
/// share. A label of -1 marks a sample that does not count. Ties are broken for the lower class, as argmax
/// does. Its gradient, (softmax - target) / global batch, times the scale, starts add_gradients.
std::shared_ptr<const Operator> softmax_cross_entropy(const SoftmaxCrossEntropy& = {});

}  // namespace vkm::graph::ops
