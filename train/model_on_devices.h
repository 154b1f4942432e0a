#pragma once

#include <graph/run/device_state.h>
#include <graph/run/job.h>
#include <train/data/pixel_type.h>
#include <train/shares.h>
#include <train/step_graph.h>

#include <map>
#include <memory>
#include <vector>

namespace vkm::train {

using ParameterValues = std::map<graph::ValueId, graph::HostTensor>;

/// Holds a model on one or several logical devices. A replica is one copy of it on one device, which takes a
/// share of every batch. Parameters are equal on all of them.
///
/// Where a job has several processes, each holds the replicas on its own devices, and here a replica's index is that among
/// those. Shares are of all the job's devices, in order of ranks.
class ModelOnDevices {
  public:
    explicit ModelOnDevices(const std::vector<graph::PlannedDevice*>&, graph::World& = graph::one_process());
    /// Returns another model on the same devices, with weights of its own. The two take turns: activations
    /// share their memory.
    ModelOnDevices beside() const;

    size_t count() const { return states_.size(); }
    const graph::Job& job() const { return job_; }
    graph::World& world() const { return *job_.world; }
    /// Returns how many devices there are in all processes, and which of them is the first of this one's.
    size_t count_of_all() const;
    size_t first() const;
    /// Returns those of all devices' shares that are of this process's.
    std::span<const Share> own(std::span<const Share> all) const { return all.subspan(first(), count()); }
    graph::DeviceState& state(size_t replica) { return *states_.at(replica); }
    engine::Device& device(size_t replica) const { return states_.at(replica)->device(); }
    const graph::KernelPlan& plan(size_t replica) const { return states_.at(replica)->plan(); }
    /// Returns what of its device's memory a replica may take (split_memory).
    uint64_t memory_bytes(size_t replica) const { return memory_bytes_.at(replica); }
    /// Lets a replica take no more than so much of it, because others use its device, too.
    void limit_memory(size_t replica, uint64_t bytes) { memory_bytes_.at(replica) = bytes; }

    /// Returns who scales images: the host where all devices are software, also if others have been there.
    Scaling scaling() const { return scaling_; }

    /// Returns the replicas whose devices do not take work, or do not end it, any more. Nothing is running on them.
    std::vector<size_t> failing() const;
    /// Goes on without these replicas, whose devices failed.
    void drop(std::span<const size_t> replicas);

    /// Says that steps leave the same on all devices, running statistics included. In replicas each device has those of its own
    /// share of the batches.
    void set_alike() { alike_ = true; }
    /// Returns how many devices have running statistics of their own.
    size_t count_of_statistics() const { return alike_ ? 1 : count_of_all(); }

    /// Returns all devices' shares of a global batch: in proportion to those set last, else equal.
    std::vector<Share> split(int64_t batch_size) const;
    void set_proportions(std::span<const Share>);
    /// Returns which of all devices has the largest share, the first of several: its running statistics are the model's,
    /// because those of a few images are noise.
    size_t main_of_all() const;
    /// Returns each of this process's devices' part of a step over a global batch, in these shares or in those given.
    std::vector<StepShape> shapes(int64_t batch_size, PixelType) const;
    std::vector<StepShape> shapes(std::span<const Share>, PixelType) const;

    /// Uploads parameters and running statistics, by value id of `graph`, to every device.
    void load(const graph::Graph&, const ParameterValues&);

    /// Gives every device of the job the main one's running statistics. Unless they are synchronised, each device has
    /// seen its own share of the batches only. All processes call it.
    void share_statistics(const graph::Graph&);

    /// Returns one of graph::flat_buffers of the main device, or of every device of the job. All processes call it.
    std::vector<std::byte> read_main(const graph::Graph&, graph::ValueId);
    std::vector<std::vector<std::byte>> read_all(const graph::Graph&, graph::ValueId);
    /// Returns one of graph::flat_buffers, as stored.
    std::vector<std::byte> read_flat(const graph::Graph&, graph::ValueId, size_t replica);
    /// Overwrites one of graph::flat_buffers. Throws Error where the size differs.
    void write_flat(const graph::Graph&, graph::ValueId, size_t replica, std::span<const std::byte>);

  private:
    ModelOnDevices() = default;

    graph::Job job_;
    std::vector<std::unique_ptr<graph::DeviceState>> states_;
    std::vector<uint64_t> memory_bytes_;
    std::vector<double> proportions_;  ///< none: equal
    Scaling scaling_ = Scaling::by_device;
    bool alike_ = false;
};

}  // namespace vkm::train
