#pragma once

#include <graph/run/device_state.h>
#include <graph/run/executor.h>
#include <train/data/loader.h>
#include <train/shares.h>
#include <train/step_graph.h>

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace vkm::train {

using ParameterValues = std::map<graph::ValueId, graph::HostTensor>;

/// How a data set's samples are handed over.
PixelType pixel_type(const Dataset&);

/// One network on one or several devices: equal parameters everywhere.
class ModelOnDevices {
  public:
    explicit ModelOnDevices(const std::vector<graph::PlannedDevice*>&);

    size_t count() const { return states_.size(); }
    graph::DeviceState& state(size_t replica) { return *states_.at(replica); }
    engine::Device& device(size_t replica) const { return states_.at(replica)->device(); }
    const graph::KernelPlan& plan(size_t replica) const { return states_.at(replica)->plan(); }
    /// What of its device's memory a replica may take: split_memory.
    uint64_t memory_bytes(size_t replica) const { return memory_bytes_.at(replica); }

    /// Each device's part of a step over a batch of so many images.
    std::vector<StepShape> shapes(int64_t batch_size, PixelType) const;

    /// Parameters and running statistics, by value id of `graph`, to every device.
    void load(const graph::Graph&, const ParameterValues&);
    /// The first device's.
    ParameterValues values(const graph::Graph&);

    /// Gives every device the first one's running statistics (each sees its own share of the batches unless
    /// they are synchronised).
    void share_statistics(const graph::Graph&);

    /// One of graph::flat_buffers, as stored.
    std::vector<std::byte> read_flat(const graph::Graph&, graph::ValueId, size_t replica);
    /// Throws Error where the size is another.
    void write_flat(const graph::Graph&, graph::ValueId, size_t replica, std::span<const std::byte>);

  private:
    std::vector<std::unique_ptr<graph::DeviceState>> states_;
    std::vector<uint64_t> memory_bytes_;
};

/// Copies a replica's share of the batch into the slot's inputs; rows beyond the batch get the label -1,
/// which does not count.
void feed_share(graph::Executor&, graph::Executor::Slot, size_t replica, const StepGraph&, const Share&,
                const Batch&, graph::StepParams);

/// What became of a step in mixed precision.
struct LossScaling {
    double scale = 1;           ///< of the step
    bool skipped = false;       ///< its gradients were not finite: no update was made
    bool exhausted = false;     ///< skipped at the lowest scale there is
    int64_t skipped_steps = 0;  ///< of the run so far, this one included
};

/// The largest batch up to `most`, over all devices, of which every share fits with `spare` of its memory
/// left for others: `most` itself, or a multiple of eight images a device where so many fit. Throws
/// OutOfDeviceMemory where not even one image a device fits.
int64_t largest_batch(const ModelOnDevices&, int64_t most, PixelType,
                      const std::function<StepGraph(const StepShape&)>& build, double spare = 0.1);

/// A step graph on all replicas, each with its share of the batch, and the way batches get in and metrics
/// out.
class StepExecutor {
  public:
    using Build = std::function<StepGraph(const StepShape&)>;
    using Progress = std::function<void(size_t done, size_t total)>;

    /// `build` is called once a replica. Throws OutOfDeviceMemory, before anything is allocated, naming what
    /// a batch needs and the largest batch that fits.
    StepExecutor(ModelOnDevices&, int64_t batch_size, PixelType, const Build&, const Progress& = {},
                 bool profile = false);

    graph::Executor& executor() { return *executor_; }
    const StepGraph& step(size_t replica = 0) const { return *steps_.at(replica); }
    const std::vector<Share>& shares() const { return shares_; }

    /// feed_share for every replica.
    void feed(graph::Executor::Slot, const Batch&, const graph::StepParams&);

    struct Metrics {
        double loss = 0, top1 = 0, top5 = 0;
    };
    /// Summed over the replicas; the slot's step must be done.
    Metrics metrics(graph::Executor::Slot) const;
    /// One replica's part.
    Metrics metrics(graph::Executor::Slot, size_t replica) const;
    /// Of a training step in mixed precision; nothing for others.
    std::optional<LossScaling> loss_scaling(graph::Executor::Slot) const;

  private:
    std::vector<Share> shares_;
    std::vector<std::unique_ptr<StepGraph>> steps_;
    std::unique_ptr<graph::Executor> executor_;
};

}  // namespace vkm::train
