#pragma once

#include <train/feature_set.h>
#include <train/step_pipeline.h>

#include <atomic>

namespace vkm::train {

/// Computes features of images: what the first part of a network, which a training leaves as it is, makes of them. It
/// computes as inference does, in fp32.
class FeatureExtractor {
  public:
    /// Is told how many of how many images are done.
    using Progress = std::function<void(int64_t done, int64_t total)>;

    /// `features` names them, as a training step does. Weights are those of any graph of the network.
    FeatureExtractor(const ModelOnDevices& training, const graph::ModelConfig&, std::string features,
                     const graph::Graph&, const ParameterValues& weights);

    /// Computes so many draws of each image, each as a training with these options sees it in the epoch of that number.
    /// Evaluation has one. Where `stop` is set, it ends with some of them missing.
    ///
    /// Where a job has several processes, all call it. Their devices share every batch, as those of one process that has
    /// them all, and each process gets what all have made.
    std::shared_ptr<const FeatureSet> extract(const std::shared_ptr<const Dataset>& images, LoaderOptions,
                                              int64_t draws, const StepExecutor::Progress& compiling,
                                              const Progress&, const std::atomic<bool>& stop);

  private:
    ModelOnDevices model_;
    const graph::ModelConfig& config_;
    std::string features_;
    const graph::Graph& graph_;
    const ParameterValues& weights_;
};

}  // namespace vkm::train
