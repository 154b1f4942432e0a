#pragma once

#include <train/scores.h>
#include <train/step_pipeline.h>

#include <optional>

namespace vkm::train {

struct Evaluation {
    int64_t images = 0;
    double loss = 0;            ///< mean
    double top1 = 0, top5 = 0;  ///< fractions
    double images_per_second = 0;
    std::optional<Scores> ema = {};  ///< of the weights' moving average, where a run keeps one
};

/// Gives a model the weights of an evaluation step, made of the parameters and running statistics of any graph of the network.
void load_inference_weights(ModelOnDevices&, const EvaluationStep&, const graph::Graph&,
                            const ParameterValues&);

/// Runs a data set through a network as inference does, with batch norm folded into the convolutions. Every
/// image counts once, those of a partial last batch too.
class Evaluator {
  public:
    /// Uses the model's parameters for folded ones; a network that trains needs a second model for that
    /// (ModelOnDevices::beside). `storage` is the type of activations and weights. `logits` says whether
    /// run() hands them over. With PixelType::features, `features` names those that it begins with.
    Evaluator(ModelOnDevices&, const graph::ModelConfig&, int64_t batch_size, PixelType,
              double label_smoothing = 0, const StepExecutor::Progress& compile_progress = {},
              graph::DType storage = graph::DType::f32, bool logits = false,
              const std::string& features = {});

    /// Returns the network that weights are given for, before the passes.
    const graph::Graph& network() const { return weights_.network; }

    /// Takes the parameters and running statistics of any graph of the network.
    void load(const graph::Graph&, const ParameterValues&);

    /// Is told of each batch, in order, its logits: [Batch::count][classes].
    using OnLogits = std::function<void(const Batch&, const graph::HostTensor& logits)>;

    /// Evaluates all that the loader delivers, in batches of this evaluator's size (evaluation_loading), and
    /// hands over the logits of an evaluator of them. Throws graph::NonFinite where a loss is no number.
    Evaluation run(Loader&, const std::function<void(int64_t images)>& progress = {}, const OnLogits& = {});

  private:
    ModelOnDevices& model_;
    graph::DType storage_;
    EvaluationStep weights_;
    StepExecutor executor_;
};

/// Returns how a loader reads a data set for an evaluator of the model.
LoaderOptions evaluation_loading(const graph::ModelConfig&, int64_t batch_size, int workers);

}  // namespace vkm::train
