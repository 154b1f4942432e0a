#pragma once

#include <engine/vulkan/context.h>

#include <deque>

namespace vkm::engine {

/// Says what a command buffer runs, for the message of a lost device.
struct WorkLabel {
    std::string first, last;  ///< labels of its first and last dispatch
    size_t dispatches = 0;
};

struct Work {
    VkCommandBuffer commands = VK_NULL_HANDLE;
    WorkLabel label;
};

class Timeline;

/// Names a number of another timeline that work has to wait for.
struct WorkBefore {
    Timeline* timeline = nullptr;
    uint64_t number = 0;  ///< 0: nothing
};

/// Submits to a queue of a device, and knows how far its work is. Every command buffer gets the next
/// number; a number is reached when that command buffer and all before it are done. The first submit creates
/// the timeline, because a device that only compiles may have no queue.
class Timeline {
  public:
    /// Creates one that waits by a timeline semaphore where the plan has that, else by a queue of fences.
    static std::unique_ptr<Timeline> create(std::shared_ptr<Context>, QueueIndex);
    /// Makes two queues of one device name each other's work where the device is lost.
    static void beside(const std::shared_ptr<Timeline>&, const std::shared_ptr<Timeline>&);
    virtual ~Timeline() = default;
    Timeline(const Timeline&) = delete;

    /// Queues command buffers and returns the number of the last. The first one, and with it the others, waits on
    /// the device for what comes before. Throws DeviceLost, or Error where fences cannot wait.
    uint64_t submit(std::span<const Work>, WorkBefore = {});
    /// Returns whether the number is reached. Throws DeviceLost.
    bool done(uint64_t number);
    /// Waits until the number is reached. Throws DeviceLost, DeviceTimeout.
    void wait(uint64_t number, double seconds);
    /// Waits until nothing of the work up to `number` can run any more, so that the objects it uses may be
    /// destroyed. Work that outlasts a bound is given up, and the device abandoned. The bound is short where
    /// a wait has timed out already, because that error is on its way to the user. Failures are reported by
    /// the next call.
    void drain(uint64_t number) noexcept;

    uint64_t last() const { return last_; }

  protected:
    Timeline(std::shared_ptr<Context>, QueueIndex);

    virtual VkResult enqueue(const VkSubmitInfo&, uint64_t number, WorkBefore) = 0;
    /// Returns VK_SUCCESS when `number` is reached, VK_TIMEOUT after `nanoseconds`, else an error.
    virtual VkResult reach(uint64_t number, uint64_t nanoseconds) = 0;

    std::shared_ptr<Context> context_;
    VkQueue queue_ = VK_NULL_HANDLE;

  private:
    struct Pending {
        uint64_t number;
        WorkLabel label;
        WorkBefore before;
    };
    /// Does what reach() does, with a bound in seconds of this program's running time: one that was suspended, or whose
    /// machine slept, has not waited meanwhile.
    VkResult reach_within(uint64_t number, double seconds);
    bool completed(VkResult, uint64_t number, std::string_view operation);
    /// Says what is not done, or what that waits for.
    std::string overdue() const;
    /// Says what a lost device was running here; empty where that is nothing.
    std::string running();
    [[noreturn]] void lost(std::string_view operation);
    std::string fault_description() const;

    uint64_t last_ = 0, reached_ = 0;
    std::weak_ptr<Timeline> beside_;
    bool timed_out_ = false;  ///< a wait timed out, and nothing was reached since
    bool given_up_ = false;
    std::deque<Pending> pending_;
};

}  // namespace vkm::engine
