#pragma once

#include <graph/run/device_state.h>
#include <train/data/dataset.h>
#include <train/shares.h>
#include <train/step_graph.h>

#include <map>
#include <memory>
#include <vector>

namespace vkm::train {

using ParameterValues = std::map<graph::ValueId, graph::HostTensor>;

/// How a data set's samples are handed over.
PixelType pixel_type(const Dataset&);

/// A model on one or several logical devices. A replica is one copy of it on one device, which takes a share
/// of every batch; parameters are equal on all of them.
class ModelOnDevices {
  public:
    explicit ModelOnDevices(const std::vector<graph::PlannedDevice*>&);
    /// Returns another model on the same devices, with weights of its own. The two take turns: activations
    /// share their memory.
    ModelOnDevices beside() const;

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

    /// Gives every device the first one's running statistics (each sees its own share of the batches unless
    /// they are synchronised).
    void share_statistics(const graph::Graph&);

    /// One of graph::flat_buffers, as stored.
    std::vector<std::byte> read_flat(const graph::Graph&, graph::ValueId, size_t replica);
    /// Throws Error where the size is another.
    void write_flat(const graph::Graph&, graph::ValueId, size_t replica, std::span<const std::byte>);

  private:
    ModelOnDevices() = default;

    std::vector<std::unique_ptr<graph::DeviceState>> states_;
    std::vector<uint64_t> memory_bytes_;
};

}  // namespace vkm::train
