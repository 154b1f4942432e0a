#pragma once

#include <engine/vulkan/host_memory.h>
#include <graph/run/schedule.h>

#include <memory>
#include <span>
#include <vector>

namespace vkm::graph {

/// Lays out memory of the host that the devices of an executor import for what they hand each other. The host writes
/// the result of a reduction once, and every device reads it there. What one device hands to others it writes where they
/// read it: nothing is left to do for the host.
///
/// Nobody writes a region that somebody may still read. A sum is written when all devices have contributed to the step,
/// which they do after they have read the sum of the step before. A transfer has a region a slot, and a slot begins
/// a step when its last one is done on all devices.
class SharedStaging {
  public:
    /// `alignments`: DevicePlan::import_alignment of each device, 0 for those that import nothing. `schedules`: in the same
    /// order. Returns null where fewer than two devices would share it, or nothing is reduced.
    static std::shared_ptr<const SharedStaging> make(std::span<const uint64_t> alignments,
                                                     std::span<const Schedule* const> schedules,
                                                     size_t slots);

    const std::shared_ptr<const engine::HostMemory>& memory() const { return memory_; }
    /// Returns where the region of a reduction, of this number, begins in a slot's step.
    int64_t offset(size_t number, size_t slot) const;

  private:
    struct Region {
        int64_t offset = 0, bytes = 0;
        bool of_slot = false;  ///< one a slot, one after the other
    };
    std::vector<Region> regions_;  ///< by number
    std::shared_ptr<const engine::HostMemory> memory_;
};

}  // namespace vkm::graph
