#pragma once

#include <graph/graph.h>
#include <graph/models/model_config.h>
#include <train/recipe.h>

namespace vkm::train {

/// What the host hands over: decoded bytes, or floats that are already normalised.
enum class PixelType : uint8_t { bytes, floats };

/// One device's part of a step.
struct StepShape {
    int64_t local_batch = 1;
    int64_t global_batch = 1;
    size_t replicas = 1;
    PixelType pixels = PixelType::bytes;
    engine::Fusion fusion = {};                ///< of a training step: what its device's plan chooses
    graph::DType storage = graph::DType::f32;  ///< of activations; f16 takes bytes only
};

/// A graph that takes a batch, and the values the host exchanges with it.
struct StepGraph {
    graph::Graph graph;
    graph::ValueId images = graph::no_value;  ///< u8 or f32 {N, S, S, 3}
    graph::ValueId labels = graph::no_value;  ///< i32 {N, 1, 1, 1}
    graph::ValueId logits = graph::no_value;
    graph::ValueId metrics = graph::no_value;  ///< fp32 loss, top-1 hits, top-5 hits: this share's part
};

/// Augmentation, forward, loss, backward, reduction over the replicas, update.
StepGraph training_step(const graph::ModelConfig&, const Recipe&, const StepShape&);

/// Normalisation, forward with running statistics, and the *sum* of the losses.
StepGraph evaluation_step(const graph::ModelConfig&, const StepShape&, double label_smoothing = 0);

}  // namespace vkm::train
