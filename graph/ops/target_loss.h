#pragma once

#include <graph/ops/softmax_cross_entropy.h>

#include <optional>

namespace vkm::graph::ops {

/// Describes a loss of classification beyond softmax_cross_entropy's. The target of class k is
///
///     t_k = u [k = label] + (1 - u) [k = the neighbour's label], of which (1 - s) t_k + s / classes is left
///
/// with the label smoothing s and the sample's own share u (SampleTerms). With w_k the class's weight and a the
/// sample's, a sample's loss is
///
///     softmax   a sum_k -w_k t_k log p_k                          PyTorch's CrossEntropyLoss
///     sigmoid   a mean_k w_k BCE(sigmoid(logit_k), t_k)           timm's BinaryCrossEntropy; summed: sum_k
///
/// where BCE's target is 1 where t_k is above the threshold and else 0, if there is a threshold.
struct TargetLoss {
    double label_smoothing = 0;
    int64_t global_batch = 0;  ///< as in SoftmaxCrossEntropy
    bool sigmoid = false;
    bool summed = false;                   ///< of sigmoid
    std::optional<double> threshold = {};  ///< of sigmoid
    bool sample_terms = false;             ///< an input; else u = a = 1
    bool class_weights = false;            ///< an input; else w_k = 1
};

/// Computes the loss: logits {N, 1, 1, K}, labels i32 {N, 1, 1, 1}, then, where there are such, the samples'
/// terms, the classes' weights {1, 1, 1, K} and in mixed precision the loss scale -> ClassificationMetrics of
/// this share. Hits are those of the label with the larger share. A label of -1 marks a sample that does not
/// count. Targets are never stored.
std::shared_ptr<const Operator> target_loss(const TargetLoss&);

}  // namespace vkm::graph::ops
