#pragma once

#include <engine/vulkan/device.h>
#include <graph/graph.h>

#include <vector>

namespace vkm::graph {

/// Returns whether a step changes values of the role that the next one reads. Gradients are made anew.
constexpr bool changed_by_a_step(Role role) {
    return role == Role::parameter || role == Role::optimizer || role == Role::state ||
           role == Role::loss_scale;
}

/// Keeps what a step changes as it was before, on its device and for every step in flight. So a step that another device
/// cannot finish can be undone here. Costs a copy of weights, optimizer state and statistics a step, and their memory
/// once a slot.
class StepBackup {
  public:
    StepBackup(engine::Device&, std::vector<engine::Slice> changed, size_t slots);

    /// Records the copies that a slot's step begins with.
    void save(engine::CommandList&, size_t slot) const;
    /// Puts back what the slot's latest step found, and waits. Nothing else is running.
    void restore(size_t slot);

  private:
    /// Calls `copy(changed, kept)` with every slice and its place in a slot.
    template <typename Copy>
    void each(size_t slot, const Copy& copy) const;

    engine::Device& device_;
    std::vector<engine::Slice> changed_;
    uint64_t slot_bytes_ = 0;
    engine::Block kept_;
};

}  // namespace vkm::graph
