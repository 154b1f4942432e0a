#pragma once

#include <train/data/batch.h>
#include <train/recipe.h>

#include <graph/step_params.h>

#include <span>
#include <vector>

namespace vkm::train {

/// Holds what the host hands to a training step for its loss, besides images and labels.
struct LossInputs {
    LossRecipe loss = {};
    int64_t global_batch = 0;

    /// Returns whether samples have terms of their own.
    bool has_terms() const { return loss.mixing.mixes() || loss.weighs_labels(); }

    /// Writes the terms of `terms.size()` samples from place `first` of the batch on. Where labels are weighed, a sample's
    /// loss is multiplied so that the batch's mean is sum_i w_i loss_i / sum_i w_i.
    void write(std::span<graph::ops::SampleTerms> terms, int64_t first, const Batch&,
               const graph::StepParams&) const;
};

}  // namespace vkm::train
