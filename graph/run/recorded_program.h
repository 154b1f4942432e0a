#pragma once

#include <graph/lower/memory.h>
#include <graph/run/device_state.h>
#include <graph/run/run_options.h>
#include <graph/run/schedule.h>
#include <graph/run/segment_device.h>
#include <graph/run/shared_staging.h>
#include <graph/run/step_backup.h>
#include <graph/run/step_trace.h>
#include <graph/step_params.h>

#include <map>
#include <optional>

namespace vkm::graph {

/// Holds a graph as a device is to run it.
struct ScheduledProgram {
    ScheduledProgram(const DeviceState&, const Graph&, const RunOptions&);

    Program program;
    Schedule schedule;
};

/// One device's side of an executor: the lowered program with its memory, recorded once per slot and segment.
class RecordedProgram final : public SegmentDevice {
  public:
    /// `number`: of the device, among those of its executor. `shared`: for what they hand each other; a device that cannot
    /// import it, and one without, has regions of its own.
    RecordedProgram(DeviceState&, const Graph&, ScheduledProgram, const RunOptions&, size_t number = 0,
                    const SharedStaging* shared = nullptr);

    const Graph& graph() const { return graph_; }
    const Program& program() const { return program_; }
    const MemoryPlan& memory_plan() const { return memory_; }
    const Schedule& schedule() const { return schedule_; }
    engine::Device& device() const { return state_.device(); }

    std::span<std::byte> input(size_t slot, ValueId) const;
    std::span<const std::byte> metric(size_t slot, ValueId) const;
    HostTensor read(size_t slot, ValueId);

    void upload(size_t slot) override;
    void submit(size_t slot, size_t segment) override;
    void await(size_t slot, size_t segment) override;
    void await_all(size_t slot);

    /// Undoes the slot's latest step where that is the `step`-th that was begun, from 1, and all that was begun after it.
    /// Waits for what runs. Needs RunOptions::undoable.
    void undo(size_t slot, uint64_t step);

    /// Host copies of the region of one of schedule().reductions in a slot's step: what this device computed, and what it
    /// is to get. A reduction that all take part in has one for all slots: none begins before all have what came of the
    /// one before. Where a device only gives or only takes, it may be a step ahead of the others. Results of several
    /// devices, and what one hands to others, may be the same memory (SharedStaging).
    std::span<const std::byte> contribution(size_t slot, size_t reduction) const;
    std::span<std::byte> result(size_t slot, size_t reduction) const;

    std::vector<engine::DispatchTime> times(size_t slot) const;
    /// Hands the times of the slot's latest step to RunOptions::trace, once. Comes from whoever drives the device.
    void settled(size_t slot) override;

  private:
    struct Slot {
        std::optional<engine::CommandList>
            uploads;  ///< of its inputs, where they are copied beside the steps
        std::optional<engine::UploadTicket> uploaded;  ///< for the step that is submitted next
        std::vector<engine::CommandList> segments;
        std::vector<uint64_t> tickets;
        std::vector<double> submitted;  ///< by segment, where steps are traced
        bool noted = true;              ///< settled() has been
        uint64_t begun = 0;             ///< the number of its latest step
    };
    /// Values of a role laid out one after the other, once a slot, on the device and on the host.
    struct Exchange {
        std::map<int32_t, int64_t> offsets;  ///< by buffer
        int64_t slot_bytes = 0;
        std::unique_ptr<engine::Block> host, device;

        engine::Slice on_host(size_t slot, int32_t buffer, int64_t bytes) const;
        engine::Slice on_device(size_t slot, int32_t buffer, int64_t bytes) const;
    };

    std::vector<engine::Slice> changed_slices() const;
    /// Names what a segment computes, by its layers.
    std::string work_of(const Segment&) const;
    Exchange exchange(std::initializer_list<Role>, engine::MemoryKind host, size_t slots);
    engine::Slice resolve(size_t slot, const Region&) const;
    void copy_inputs(engine::CommandList&, size_t slot) const;
    engine::CommandList record(size_t slot, const Segment&, bool first, bool last,
                               const std::vector<const engine::Kernel*>& kernels, engine::Timing);

    DeviceState& state_;
    const Graph& graph_;
    Program program_;
    MemoryPlan memory_;
    Schedule schedule_;
    std::vector<std::shared_ptr<const engine::Block>> arena_;
    std::map<int32_t, engine::Slice> persistent_;
    std::vector<std::unique_ptr<engine::Block>> tables_;
    std::vector<const engine::Kernel*> uncompiled_;  ///< RunOptions::used_later
    Exchange inputs_, metrics_;
    /// The host's side of the reductions: one region a reduction, or one a slot.
    struct Staging {
        struct Place {
            bool shared = false;
            int64_t offset = 0, slot_bytes = 0;  ///< between a slot's region and the next one's; 0: the same
        };
        std::vector<Place> places;             ///< by reduction
        std::unique_ptr<engine::Block> block;  ///< of those that are not shared
    };
    Staging staging(bool HostReduction::*used, engine::MemoryKind, const char* what, size_t slots,
                    const SharedStaging*);
    engine::Slice slice(const Staging&, size_t slot, size_t reduction) const;
    std::optional<engine::Block> shared_;
    Staging contributions_, results_;
    std::optional<StepBackup> backup_;
    uint64_t begun_ = 0;  ///< steps
    std::shared_ptr<StepTrace> trace_;
    size_t number_;
    std::vector<Slot> slots_;
};

}  // namespace vkm::graph
