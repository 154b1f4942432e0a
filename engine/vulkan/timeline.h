#pragma once

#include <engine/vulkan/context.h>

#include <deque>

namespace vkm::engine {

/// What a command buffer runs, for the message of a lost device.
struct WorkLabel {
    std::string first, last;  ///< labels of its first and last dispatch
    size_t dispatches = 0;
};

struct Work {
    VkCommandBuffer commands = VK_NULL_HANDLE;
    WorkLabel label;
};

/// The queue of a device, and the order in which its work completes: every command buffer gets the next
/// number, and a number is reached when that command buffer and all before it are done. Created at the first
/// submit, because a device that only compiles may have no queue to speak of.
class Timeline {
  public:
    /// A timeline semaphore where the plan has one, else a queue of fences.
    static std::unique_ptr<Timeline> create(std::shared_ptr<Context>);
    virtual ~Timeline() = default;
    Timeline(const Timeline&) = delete;

    /// Queues command buffers and returns the number of the last. Throws DeviceLost.
    uint64_t submit(std::span<const Work>);
    /// Throws DeviceLost.
    bool done(uint64_t number);
    /// Throws DeviceLost, DeviceTimeout.
    void wait(uint64_t number, double seconds);
    /// Before objects that work up to `number` uses are destroyed: waits until nothing of it can run any
    /// more. Work that outlasts any wait's bound is given up and the device abandoned; where a wait has timed
    /// out already that is soon, because its error is on its way to the user. Failures are the next call's to
    /// report.
    void drain(uint64_t number) noexcept;

    uint64_t last() const { return last_; }

  protected:
    explicit Timeline(std::shared_ptr<Context>);

    virtual VkResult enqueue(const VkSubmitInfo&, uint64_t number) = 0;
    /// VK_SUCCESS when `number` is reached, VK_TIMEOUT after `nanoseconds`, else an error.
    virtual VkResult reach(uint64_t number, uint64_t nanoseconds) = 0;

    std::shared_ptr<Context> context_;
    VkQueue queue_ = VK_NULL_HANDLE;

  private:
    struct Pending {
        uint64_t number;
        WorkLabel label;
    };
    bool completed(VkResult, uint64_t number, std::string_view operation);
    [[noreturn]] void lost(std::string_view operation);
    std::string fault_description() const;

    uint64_t last_ = 0, reached_ = 0;
    bool timed_out_ = false;  ///< a wait, and nothing was reached since
    bool given_up_ = false;
    std::deque<Pending> pending_;
};

}  // namespace vkm::engine
