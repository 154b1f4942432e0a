#pragma once

#include <graph/lower/memory.h>
#include <graph/run/device_state.h>
#include <graph/run/device_work.h>
#include <graph/run/run_options.h>
#include <graph/step_params.h>

#include <memory>

namespace vkm::graph {

/// Runs a graph on a list of devices: one device, or a share of a batch on each of several (data parallel),
/// of any vendors. A replica is one logical device with a copy of the model and its share of the batch, or its
/// part of the layers (graph/place). The graphs of all are of one network, so value ids agree.
///
/// The constructor plans, compiles and records everything; a step allocates nothing. Steps alternate between
/// slots, each with its own inputs, StepParams and metrics, so that the host fills one while the device
/// computes the other:
///
///     auto slot = executor.begin();  // waits only if the slot's earlier step still runs
///     copy(images, executor.input(slot, 0, image_value));
///     executor.set_step(slot, 0, params);
///     executor.submit(slot);  // does not wait
///     ...
///     executor.wait(slot);
///     executor.metric(slot, 0, loss_value);
///
/// Where a graph holds all_reduce nodes, each replica has a host thread that follows graph/run/schedule.h.
class Executor {
  public:
    struct Replica {
        DeviceState* state;
        const Graph* graph;
    };
    using Options = RunOptions;
    using Slot = size_t;

    Executor(std::vector<Replica>, const Options&);
    explicit Executor(std::vector<Replica>);
    ~Executor();

    size_t slots() const;
    Slot begin();
    std::span<std::byte> input(Slot, size_t replica, ValueId);
    void set_step(Slot, size_t replica, const StepParams&);  ///< of every batch that the graph has
    /// Begins to copy a slot's inputs where that is done beside the steps. submit() does it otherwise: call this first
    /// where something is waited for in between.
    void upload(Slot);
    void submit(Slot);
    /// Waits until the slot's latest step is done on every device. Throws what went wrong, naming the device. Then no host
    /// thread of this executor is at a device any more, so that the caller may use those that work.
    void wait(Slot);
    std::span<const std::byte> metric(Slot, size_t replica, ValueId) const;
    /// Returns whether a process of the job had the wish (RunOptions::wish) at the slot's latest step, which is done, or
    /// before. All processes get the same answer of the same step.
    bool wished(Slot) const;

    /// Returns a value after the latest step (a staging copy; waits). Activations need keep_activations.
    HostTensor read(size_t replica, ValueId);

    const Program& program(size_t replica) const;
    const MemoryPlan& memory_plan(size_t replica) const;
    /// Undoes the slot's latest step, which failed, and all steps after it, and returns the replicas whose devices failed.
    /// The state of the others is what it was before that step. Afterwards this executor runs nothing. Needs
    /// RunOptions::undoable, and several replicas.
    std::vector<size_t> undo(Slot);

    /// Returns what a replica's device has done. Nothing where it is alone: then nobody waits for it.
    DeviceWork work(size_t replica) const;
    /// Returns the times of the latest step's dispatches on one device, in order (needs Options::profile).
    std::vector<engine::DispatchTime> times(Slot, size_t replica) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Counts the memory that running a graph on a device will take, before anything is allocated. `undoable`:
/// RunOptions::undoable.
struct MemoryNeed {
    int64_t persistent_bytes = 0;  ///< parameters, gradients, optimizer state, running statistics
    int64_t arena_bytes = 0;
    int64_t slot_bytes = 0;  ///< inputs and metrics of all steps in flight, and what they change
    int64_t total() const { return persistent_bytes + arena_bytes + slot_bytes; }
};
MemoryNeed memory_need(const Graph&, const KernelPlan&, size_t slots = steps_in_flight,
                       bool undoable = false);

}  // namespace vkm::graph
