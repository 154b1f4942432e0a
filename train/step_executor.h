#pragma once

#include <graph/run/executor.h>
#include <train/data/loader.h>
#include <train/largest_batch.h>

#include <memory>
#include <optional>
#include <vector>

namespace vkm::train {

/// Copies a replica's share of the batch into the slot's inputs, those that its graph reads. Rows beyond the batch get the
/// label -1, which does not count. `values`: of one of the step's batches.
void feed_share(graph::Executor&, graph::Executor::Slot, size_t replica, const StepGraph&,
                const BatchValues& values, const Share&, const Batch&, graph::StepParams);

/// Says what became of a step in mixed precision.
struct LossScaling {
    double scale = 1;           ///< of the step
    bool skipped = false;       ///< its gradients were not finite: no update was made
    bool exhausted = false;     ///< skipped at the lowest scale there is
    int64_t skipped_steps = 0;  ///< of the run so far, this one included
};

/// Makes the graphs of this process's devices, of a batch split so.
using BuildParts = std::function<std::vector<StepGraph>(std::span<const StepShape>)>;

/// Runs a step graph on all replicas, each with its share of the batch; feeds batches and reads metrics. Where the layers
/// are split over the devices instead, every share is the whole batch, and a step may have several.
class StepExecutor {
  public:
    using Progress = std::function<void(size_t done, size_t total)>;

    /// Calls `build` once a replica. Throws OutOfDeviceMemory, before anything is allocated, naming what a
    /// batch needs and the largest batch that fits.
    StepExecutor(ModelOnDevices&, int64_t batch_size, PixelType, const BuildStep&, const Progress& = {},
                 bool profile = false);
    struct Options {
        Progress progress = {};
        bool profile = false;
        bool used_later = false;                       ///< graph::RunOptions::used_later
        bool undoable = false;                         ///< undo() can be called
        std::function<bool()> wish = {};               ///< graph::RunOptions::wish
        std::shared_ptr<graph::StepTrace> trace = {};  ///< graph::RunOptions::trace
        /// Makes the graphs of stages, each with its part of the layers; none: each device has all layers.
        BuildParts stages = {};
    };
    /// Does the same with other shares than the model's own, one a device.
    StepExecutor(ModelOnDevices&, std::vector<Share>, PixelType, BuildStep, Options);

    graph::Executor& executor() { return *executor_; }
    const StepGraph& step(size_t replica = 0) const { return *steps_.at(replica); }
    /// Returns the shares of all devices, and those of this process's replicas.
    const std::vector<Share>& shares() const { return shares_; }
    std::span<const Share> own_shares() const { return replicas_.own(shares_); }

    /// Splits the batches otherwise from now on, over the replicas that are left. No step is in flight, and the graphs
    /// stay where they are. Throws OutOfDeviceMemory, and goes on as before, where a share does not fit its device.
    void split(std::vector<Share>);
    /// Undoes a slot's step, as graph::Executor::undo(). Where some replicas failed and others did not, split() comes
    /// next, and until then nothing of the failed devices is in use.
    std::vector<size_t> undo(graph::Executor::Slot);
    /// Ends the execution, so that nothing of the devices is in use until split(). No step is in flight.
    void release() { executor_.reset(); }
    /// Returns what each device has done since it had its share.
    std::vector<graph::DeviceWork> work() const;

    /// Feeds every replica its share of the step's last batch, or of the `i`-th of those before it.
    void feed(graph::Executor::Slot, const Batch&, const graph::StepParams&);
    void feed_before(size_t i, graph::Executor::Slot, const Batch&, const graph::StepParams&);

    struct Metrics {
        double loss = 0, top1_hits = 0, top5_hits = 0;
    };
    /// Returns the metrics summed over this process's replicas; the slot's step must be done.
    Metrics metrics(graph::Executor::Slot) const;
    Metrics metrics_before(size_t i, graph::Executor::Slot) const;
    /// Returns those of the whole step, all its batches and all devices, where its graph has them: StepGraph::whole.
    std::optional<Metrics> whole_metrics(graph::Executor::Slot) const;
    /// Returns one replica's part.
    Metrics metrics(graph::Executor::Slot, size_t replica) const;
    /// Returns the logits of the first `images` of what this process has of a batch, [images][classes]; the slot's step
    /// must be done, and the logits of its graphs be metrics.
    graph::HostTensor logits(graph::Executor::Slot, int64_t images) const;
    /// Returns what became of a training step in mixed precision; nothing for others.
    std::optional<LossScaling> loss_scaling(graph::Executor::Slot) const;
    /// Returns the norm of a training step's gradients, where it is bounded.
    std::optional<double> gradient_norm(graph::Executor::Slot) const;

    /// Makes the derived weights of the frozen ones, once these are on the devices.
    void derive_weights();

    /// Returns whether each device has its part of the layers.
    bool is_staged() const { return static_cast<bool>(options_.stages); }
    /// Returns a graph of a replica's share of a batch that needs no other device, to look into what went wrong. Where a
    /// replica has all layers, it is its own.
    std::shared_ptr<const StepGraph> alone(size_t replica) const;

  private:
    std::vector<StepGraph> graphs(std::span<const Share>) const;
    void execute();

    ModelOnDevices& replicas_;
    std::vector<Share> shares_;
    PixelType pixels_;
    BuildStep build_;
    Options options_;
    std::vector<std::shared_ptr<StepGraph>> steps_;
    std::unique_ptr<graph::Executor> executor_;
};

}  // namespace vkm::train
