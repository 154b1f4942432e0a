#pragma once

#include <graph/fusion.h>
#include <graph/graph.h>
#include <graph/models/model_config.h>
#include <graph/optimizer.h>
#include <graph/passes/freeze.h>
#include <graph/passes/inference.h>
#include <train/augment/source_layout.h>
#include <train/data/pixel_type.h>
#include <train/loss_inputs.h>
#include <train/recipe.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vkm::train {

/// Describes one device's part of a step.
struct StepShape {
    int64_t local_batch = 1;
    int64_t global_batch = 1;
    size_t replicas = 1;
    PixelType pixels = PixelType::bytes;
    Scaling scaling = Scaling::by_device;      ///< of sources
    graph::Fusion fusion = {};                 ///< of a training step: what its device's plan chooses
    graph::DType storage = graph::DType::f32;  ///< of activations; f16 in training is mixed precision
};

/// Names what the host gives with a batch, and what it reads of it.
struct BatchValues {
    graph::ValueId images =
        graph::no_value;  ///< u8 or f32 {N, S, S, 3}; of sources u8 {N, 1, 1, BYTES}; features
    /// Of sources, i32 {N, 1, 1, WORDS}: Source::table and, where the augmentation has one, Source::program.
    graph::ValueId tables = graph::no_value, programs = graph::no_value;
    graph::ValueId labels = graph::no_value;  ///< i32 {N, 1, 1, 1}
    /// Training with a loss that needs more than labels: graph::ops::SampleTerms, and a weight a class.
    graph::ValueId sample_terms = graph::no_value;
    graph::ValueId class_weights = graph::no_value;
    graph::ValueId params = graph::no_value;   ///< graph::StepParams; none: those of the graph
    graph::ValueId metrics = graph::no_value;  ///< graph::ops::ClassificationMetrics of this share
};

/// Holds a graph that takes a batch, and the values the host exchanges with it.
struct StepGraph : BatchValues {
    graph::Graph graph = {};
    graph::ValueId logits = graph::no_value;
    /// Of a step whose graph has all its batches: those before the last one (train/batched_step.h).
    std::vector<BatchValues> before = {};
    /// The same of the whole step, of all its batches and replicas, equal on all of them; none where a replica is alone.
    graph::ValueId whole = graph::no_value;
    /// Mixed precision: the step's graph::ops::LossScaleVerdict, equal on all replicas.
    graph::ValueId loss_scale_verdict = graph::no_value;
    graph::ValueId gradient_norm = graph::no_value;  ///< graph::ops::GradientNorm, where it is bounded
    std::string features = {};           ///< the value of the network that it begins with; empty: images
    graph::DerivedWeights derived = {};  ///< which the host makes of the frozen ones
    LossInputs loss_inputs = {};
    /// Of a step that trains: the first node of the update, behind all that a device makes of its own batch.
    size_t update = 0;
};

/// Returns the shape with a share that can be mixed: an even one. A run's shares are (require_pairs); those that
/// are only tried, to find what fits, need not be.
StepShape in_pairs(StepShape, const Recipe&);

/// Makes the graph of one device's part of a step.
using BuildStep = std::function<StepGraph(const StepShape&)>;

/// Builds augmentation, forward, loss, backward, reduction over the replicas and update. In mixed precision
/// parameters, their gradients and statistics are fp32, what lies between is fp16, and the loss is scaled. Where
/// a step has several batches it is that of the last one, which counts those before it in. Of features it is what lies
/// behind them. Throws NoFeatures where there are none.
StepGraph training_step(const graph::ModelConfig&, const Recipe&, const StepShape&);
/// Builds the same with another optimizer than the recipe's.
StepGraph training_step(const graph::ModelConfig&, const Recipe&, const StepShape&,
                        std::shared_ptr<const graph::Optimizer>);

/// Builds the part of a step of several batches that each batch but the last has: augmentation, forward, loss,
/// backward, and the sum of the gradients. Its weights are training_step's.
StepGraph accumulating_step(const graph::ModelConfig&, const Recipe&, const StepShape&);

/// Builds the forward pass of a training step with parameters as they are, which leaves the batch's own
/// statistics in place of the running ones. Nothing is dropped or mixed.
StepGraph statistics_step(const graph::ModelConfig&, const Recipe&, const StepShape&);

/// Reports that no part of a network is the same for an image from step to step, so that nothing of it can be computed once.
class NoFeatures : public Error {
  public:
    using Error::Error;
};

/// Holds what an evaluation runs, and where its weights come from.
struct EvaluationStep {
    StepGraph step;
    graph::Graph network;             ///< before the passes: names the parameters and running statistics
    graph::InferenceGraph inference;  ///< makes the step's parameters of the network's
};

/// Builds normalisation, the inference graph (batch norm folded into convolutions: graph/passes/inference.h)
/// and the *sum* of the losses. With f16 the weights are stored so too. Where the shape is of features, it begins with
/// those that a training step calls `features`.
EvaluationStep evaluation_step(const graph::ModelConfig&, const StepShape&, double label_smoothing = 0,
                               graph::Granularity = graph::Granularity::blocks,
                               const std::string& features = {});

/// Builds the part of the inference graph that makes these features of augmented images: the step's logits.
EvaluationStep feature_step(const graph::ModelConfig&, const Augmentation&, const StepShape&,
                            const std::string& features);

}  // namespace vkm::train
