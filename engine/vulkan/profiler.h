#pragma once

#include <engine/vulkan/context.h>
#include <engine/vulkan/device.h>

namespace vkm::engine {

/// Takes from each time what the one before it has already: a dispatch may start while the one before it ends
/// (there is no barrier, and a start is stamped when the queue gets there), but a moment counts once. Times stay in
/// the order of the dispatches.
void part_overlaps(std::span<DispatchTime>);

/// Writes two timestamps around every dispatch of a command list, or around all of it.
class Profiler {
  public:
    explicit Profiler(std::shared_ptr<const Context>);

    void begin(VkCommandBuffer, std::string_view label, std::string_view kernel);
    void end(VkCommandBuffer);
    /// Returns the times of a submission that has completed.
    std::vector<DispatchTime> times() const;

  private:
    std::shared_ptr<const Context> context_;
    /// Dispatch i has a pair of queries: the pools are filled with pairs, one pool after the other.
    std::vector<Handle<VkQueryPool>> pools_;
    std::vector<DispatchTime> dispatches_;  ///< without their times
};

}  // namespace vkm::engine
