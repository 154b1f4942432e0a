#pragma once

#include <train/step_executor.h>

namespace vkm::train {

/// Estimates batch norm's running statistics anew, as torch.optim.swa_utils.update_bn does: the mean over some
/// training batches of each batch's own statistics takes their place. Nothing else of a model changes, and the
/// model that trains is not touched.
class StatisticsEstimator {
  public:
    /// Makes a model of its own beside the one that trains.
    StatisticsEstimator(const ModelOnDevices&, const graph::ModelConfig&, const Recipe&, PixelType,
                        const StepExecutor::Progress& = {});

    /// Says what changes from batch to batch.
    using ParamsOf = std::function<graph::StepParams(const Batch&)>;
    /// Puts new running statistics into `values`, which are those of `training`'s weights. Takes `batches`
    /// batches of the loader.
    void estimate(const graph::Graph& training, ParameterValues& values, Loader&, int64_t batches,
                  const ParamsOf&);

  private:
    ModelOnDevices model_;
    StepExecutor executor_;
};

}  // namespace vkm::train
