#pragma once

#include <train/step_pipeline.h>

namespace vkm::train {

struct Evaluation {
    int64_t images = 0;
    double loss = 0;            ///< mean
    double top1 = 0, top5 = 0;  ///< fractions
    double images_per_second = 0;
};

/// Runs a data set through a network with its running statistics; every image counts once, a partial last
/// batch too.
class Evaluator {
  public:
    /// `storage`: of activations and weights; f16 shares no replicas with a training.
    Evaluator(ModelOnDevices&, const graph::ModelConfig&, int64_t batch_size, PixelType,
              double label_smoothing = 0, const StepExecutor::Progress& compile_progress = {},
              graph::DType storage = graph::DType::f32);

    /// The loader delivers this evaluator's batch size: evaluation_loading.
    Evaluation run(Loader&, const std::function<void(int64_t images)>& progress = {});

    const StepGraph& step() const { return executor_.step(); }

  private:
    StepExecutor executor_;
};

/// How a loader reads a data set for an evaluator of the model.
LoaderOptions evaluation_loading(const graph::ModelConfig&, int64_t batch_size, int workers);

}  // namespace vkm::train
