#pragma once

#include <train/evaluator.h>
#include <train/trained_weights.h>

#include <memory>

namespace vkm::train {

/// Evaluates a run's validation images with whatever weights it is given, beside the network that trains.
class Validator {
  public:
    /// Compiles at once. `images` are loaded by so many `workers` (0: one a core), their unreadable ones counted in
    /// `unreadable`. `batch_size` is the training's and an upper bound here. validate() gives the logits of the
    /// training's own weights to `on_logits`, where there is one. `features` names what images that are features are.
    Validator(ModelOnDevices& training, const graph::ModelConfig&, std::shared_ptr<const Dataset> images,
              int64_t batch_size, double label_smoothing, int workers,
              std::shared_ptr<UnreadableImages> unreadable, const StepExecutor::Progress& compile_progress,
              Evaluator::OnLogits on_logits = {}, const std::string& features = {});

    /// Takes the weights of any graph of the network.
    Evaluation evaluate(const graph::Graph&, const ParameterValues&);

    /// Evaluates the weights of a training and, where it keeps one, their moving average.
    Evaluation validate(const graph::Graph& training, TrainedWeights&);

  private:
    Evaluation run(const graph::Graph&, const ParameterValues&, const Evaluator::OnLogits&);

    std::shared_ptr<const Dataset> images_;
    LoaderOptions loading_;
    ModelOnDevices model_;
    Evaluator evaluator_;
    Evaluator::OnLogits on_logits_;
};

}  // namespace vkm::train
