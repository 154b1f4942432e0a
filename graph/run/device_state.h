#pragma once

#include <graph/graph.h>
#include <graph/host_tensor.h>
#include <graph/run/planned_device.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace vkm::graph {

/// Holds what a network keeps on a device from step to step: the flat buffers of parameters,
/// gradients and running statistics, the optimizer's state, and the arena its executors share.
/// Executors of one state take turns.
class DeviceState {
  public:
    explicit DeviceState(PlannedDevice& device) : device_(device.device()), plan_(device.plan()) {}

    /// Returns the state of another network on the same device, with flat buffers of its own. The two take
    /// turns too: they share the arena.
    std::unique_ptr<DeviceState> beside() const;

    engine::Device& device() const { return device_; }
    const KernelPlan& plan() const { return plan_; }

    /// Returns the memory of a persistent value that is no view, filled with Value::initial on first use.
    /// Graphs share it by the value's name. Throws Error if a later graph wants another size.
    engine::Slice flat(const Value&);

    /// Returns memory for an arena of blocks of these sizes. Blocks that others hold are shared where they
    /// are large enough: two executors never run at the same time, and no activation outlives a step.
    std::vector<std::shared_ptr<const engine::Block>> arena(const std::vector<int64_t>& block_bytes);

    /// Read and write one parameter, gradient, running statistic or optimizer state (or a whole flat buffer),
    /// through a staging copy. The device must be idle.
    HostTensor read(const Graph&, ValueId);
    void write(const Graph&, ValueId, const HostTensor&);

  private:
    DeviceState(engine::Device& device, const KernelPlan& plan) : device_(device), plan_(plan) {}

    engine::Slice slice_of(const Graph&, ValueId);

    engine::Device& device_;
    const KernelPlan& plan_;
    std::map<std::string, std::unique_ptr<engine::Block>> flats_;  ///< by name
    using Arena = std::vector<std::weak_ptr<const engine::Block>>;
    std::shared_ptr<Arena> arena_ = std::make_shared<Arena>();
};

}  // namespace vkm::graph
