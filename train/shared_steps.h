#pragma once

#include <train/share_balance.h>
#include <train/step_pipeline.h>
#include <train/trainer.h>

#include <atomic>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace vkm::train {

/// Makes a run's steps on its devices, each with its share of every batch: decides the shares, and goes on without a device
/// that fails. Batches go in, and steps land in their order, whatever becomes of the devices meanwhile.
class SharedSteps {
  public:
    /// Says what happens on the way, on the training thread.
    struct Told {
        StepPipeline::Land land;
        std::function<void(const std::string&)> say;
        /// Batches are split otherwise from a step on, counted from 0, and what was made for the shares before is to be made
        /// anew.
        std::function<void(int64_t step)> split;
    };

    /// `before`: the position that the run goes on from, where it does. `stop`: what any process of a job may wish for.
    /// Throws as StepExecutor and ShareBalance do.
    SharedSteps(const TrainerOptions&, ModelOnDevices&, PixelType, const std::optional<Position>& before,
                const std::atomic<bool>& stop, StepExecutor::Progress, Told);

    /// Returns what runs the last batch of every step, and its graph.
    StepExecutor& executor() { return executor_; }
    const StepExecutor& executor() const { return executor_; }
    const std::vector<Share>& shares() const { return executor_.shares(); }
    const std::vector<double>& speeds() const { return balance_.speeds(); }

    /// Feeds and submits a batch that is not the last of its step, and one that is.
    void launch_before_last(Loader::Lease, const graph::StepParams&);
    void launch(Loader::Lease, const graph::StepParams&);
    void land_all() { pipeline_.land_all(); }
    void wait_all() { pipeline_.wait_all(); }

    /// Splits batches otherwise behind `step` updates, where that pays or was recorded.
    void balance(int64_t step);

    /// Does something between two steps, after `step` updates, when none is in flight. Where a device fails at it, the others
    /// do it again.
    void on_devices(int64_t step, const std::function<void()>& work);

  private:
    bool has_others() const { return replicas_.job().has_others(); }
    bool may_lose_devices() const;
    StepGraph build(StepShape) const;
    std::vector<Share> first_shares(const std::optional<Position>& before);
    std::optional<StepExecutor> accumulator(const StepExecutor::Progress&);
    void fit();
    void split(const std::vector<Share>&);
    std::vector<graph::DeviceWork> work_of_all();
    bool goes_on_without_failed(const StepPipeline::Flight& oldest);
    void leave_out(std::span<const size_t> failed, int64_t step, const std::string& why);

    const TrainerOptions& options_;
    ModelOnDevices& replicas_;
    PixelType pixels_;
    Told told_;
    ShareBalance balance_;
    StepExecutor executor_;
    std::optional<StepExecutor> accumulator_;  ///< of the batches of a step before its last
    StepPipeline pipeline_;
};

}  // namespace vkm::train
