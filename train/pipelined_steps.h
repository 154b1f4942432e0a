#pragma once

#include <graph/place/stage_choice.h>
#include <train/training_steps.h>

#include <map>
#include <memory>
#include <span>
#include <vector>

namespace vkm::train {

/// Makes a run's steps on its devices, each with its part of the layers: a pipeline, in which the batches of a step
/// (Recipe::accumulation) follow one another. What is computed is what one device computes of the same batches, batch norm
/// by batch included, to the bit where the devices' kernels are the same. Every device holds the whole model, so that
/// any of them can go on without the others.
class PipelinedSteps final : public TrainingSteps {
  public:
    /// `costs`: of the layers, where they were measured; else they are, where `options` do not say how to cut.
    /// Throws OutOfDeviceMemory where the devices' parts do not fit, Error where there are more devices than layers
    /// or other processes.
    PipelinedSteps(const TrainerOptions&, ModelOnDevices&, PixelType, std::optional<graph::LayerCosts> costs,
                   StepExecutor::Progress, Told);

    StepExecutor& executor() override { return *executors_.at(most_batches()); }
    const StepExecutor& executor() const override { return *executors_.at(most_batches()); }
    bool shares_batches() const override { return false; }
    std::vector<Share> shares() const override { return {{0, options_.recipe.batch_size}}; }
    size_t batches_held() const override { return most_batches() * (graph::steps_in_flight + 1); }

    void launch_before_last(Loader::Lease, const graph::StepParams&) override;
    void launch(Loader::Lease, const graph::StepParams&) override;
    void land_all() override { pipeline_.land_all(); }
    void wait_all() override { pipeline_.wait_all(); }
    void on_devices(int64_t step, const std::function<void()>& work) override;

  private:
    size_t most_batches() const { return static_cast<size_t>(options_.recipe.accumulation); }
    std::vector<Share> whole_batches() const;
    StepShape shape() const;
    graph::StageLayers choose();
    std::unique_ptr<StepExecutor> make_executor(size_t batches, StepExecutor::Progress = {});
    bool goes_on_without_failed(const StepPipeline::Flight& oldest);
    void leave_out(std::span<const size_t> failed, int64_t step, const std::string& why);

    const TrainerOptions& options_;
    ModelOnDevices& replicas_;
    PixelType pixels_;
    Told told_;
    graph::LayerCosts costs_;  ///< once they were measured
    graph::StageLayers layers_;
    std::map<size_t, std::unique_ptr<StepExecutor>> executors_;  ///< by the batches of their steps
    std::vector<StepPipeline::FedBatch> before_;                 ///< of the step that is being fed
    StepExecutor* last_ = nullptr;                               ///< that a step was launched on
    StepPipeline pipeline_;
};

}  // namespace vkm::train
