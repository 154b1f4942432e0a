#pragma once

#include <train/data/batch.h>
#include <train/mixing.h>

#include <graph/step_params.h>

#include <span>
#include <vector>

namespace vkm::train {

/// Holds what the host hands to a training step for its loss, besides images and labels.
struct LossInputs {
    Mixing mixing = {};
    std::vector<float> class_weights = {};  ///< one a class; none: they count alike
    int64_t global_batch = 0;
    bool sigmoid = false;  ///< the loss is binary cross-entropy, whose mean is the plain one

    /// Returns whether samples have terms of their own.
    bool has_terms() const { return mixing.mixes() || weighs_labels(); }
    /// Returns whether a batch's mean is that of its labels' weights.
    bool weighs_labels() const { return !class_weights.empty() && !mixing.mixes() && !sigmoid; }

    /// Writes the terms of `terms.size()` samples from place `first` of the batch on. With class weights a
    /// sample's loss is multiplied so that the batch's mean is PyTorch's: over labels it is
    /// sum_i w_i loss_i / sum_i w_i, over soft targets, as mixing and binary cross-entropy have them, the plain mean.
    void write(std::span<graph::ops::SampleTerms> terms, int64_t first, const Batch&,
               const graph::StepParams&) const;
};

}  // namespace vkm::train
