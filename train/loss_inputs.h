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

    /// Returns whether samples have terms of their own.
    bool has_terms() const { return mixing.mixes() || !class_weights.empty(); }

    /// Writes the terms of `terms.size()` samples from place `first` of the batch on. With class weights a
    /// sample's loss is multiplied so that the batch's mean is PyTorch's: over labels it is
    /// sum_i w_i loss_i / sum_i w_i, over soft targets, as mixing makes them, the plain mean.
    void write(std::span<graph::ops::SampleTerms> terms, int64_t first, const Batch&,
               const graph::StepParams&) const;
};

}  // namespace vkm::train
