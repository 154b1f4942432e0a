#pragma once

#include <graph/place/stages.h>
#include <train/step_graph.h>

#include <span>

namespace vkm::train {

/// Holds a step of several batches as one graph, which makes one batch after the other and then the update. On one device
/// it does what accumulating_step() and training_step() do in turn, to the bit.
struct BatchedTraining {
    StepGraph step;
    std::vector<graph::BatchedStep::Batch> batches;

    graph::BatchedStep parts() const { return {&step.graph, batches, step.update}; }
};

/// Builds a step of so many batches, each of this shape; the recipe's `accumulation` says how many most steps have.
BatchedTraining batched_training(const graph::ModelConfig&, const Recipe&, const StepShape&, size_t batches);

/// Splits it over stages: one step graph each, with the same ids of values.
std::vector<StepGraph> split_in_stages(const BatchedTraining&, const graph::StageLayers&);

}  // namespace vkm::train
