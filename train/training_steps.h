#pragma once

#include <train/share_balance.h>
#include <train/step_pipeline.h>
#include <train/trainer.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vkm::train {

/// Makes a run's steps on its devices. Batches go in, and steps land in their order, whatever becomes of the
/// devices meanwhile.
class TrainingSteps {
  public:
    /// Says what happens on the way, on the training thread.
    struct Told {
        StepPipeline::Land land;
        std::function<void(const std::string&)> say;
        /// Batches are split otherwise from a step on, counted from 0, and what was made for the shares before
        /// is to be made anew.
        std::function<void(int64_t step)> split;
    };

    virtual ~TrainingSteps() = default;

    /// Returns what runs the last batch of a step, and its graph.
    virtual StepExecutor& executor() = 0;
    virtual const StepExecutor& executor() const = 0;
    /// Returns whether each device has its share of a batch, and not its part of the layers.
    virtual bool shares_batches() const { return true; }
    /// Returns how a batch is split over all devices: one share where none is.
    virtual std::vector<Share> shares() const = 0;
    /// Returns images a second by device, where they were measured.
    virtual std::vector<double> speeds() const { return {}; }
    /// Returns how many batches are held at a time, by the steps in flight and the one that is being fed.
    virtual size_t batches_held() const { return graph::steps_in_flight + 1; }

    /// Feeds and submits a batch that is not the last of its step, and one that is.
    virtual void launch_before_last(Loader::Lease, const graph::StepParams&) = 0;
    virtual void launch(Loader::Lease, const graph::StepParams&) = 0;
    virtual void land_all() = 0;
    virtual void wait_all() = 0;

    /// Splits batches otherwise behind `step` updates, where that pays or was recorded.
    virtual void balance(int64_t /*step*/) {}

    /// Does something between two steps, after `step` updates, when none is in flight. Where a device fails at it, the others
    /// do it again.
    virtual void on_devices(int64_t step, const std::function<void()>& work) = 0;
};

/// Makes the steps of a run as its options say: the shares of SharedSteps, or the stages of PipelinedSteps.
/// `before`: the position that the run goes on from, where it does. `stop`: what any process of a job may wish for.
/// Throws as those two do.
std::unique_ptr<TrainingSteps> make_training_steps(const TrainerOptions&, ModelOnDevices&, PixelType,
                                                   const std::optional<Position>& before,
                                                   const std::atomic<bool>& stop, StepExecutor::Progress,
                                                   TrainingSteps::Told);

}  // namespace vkm::train
