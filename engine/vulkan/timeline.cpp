#include <engine/error.h>
#include <engine/vulkan/abandoned.h>
#include <engine/vulkan/timeline.h>

#include <engine/log.h>

#include <algorithm>
#include <cmath>

namespace vkm::engine {
namespace {

/// All that a submission does waits: a queue that only transfers does not know the stages of one that computes.
constexpr VkPipelineStageFlags waiting_stages = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;

class SemaphoreTimeline final : public Timeline {
  public:
    SemaphoreTimeline(std::shared_ptr<Context> context, QueueIndex queue)
        : Timeline(std::move(context), queue) {
        auto type = structure<VkSemaphoreTypeCreateInfo>(VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO);
        type.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE;
        auto info = structure<VkSemaphoreCreateInfo>(VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO);
        info.pNext = &type;
        semaphore_ =
            context_->create(&VolkDeviceTable::vkCreateSemaphore, &VolkDeviceTable::vkDestroySemaphore, info,
                             "creating a timeline semaphore");
        core_ =
            std::min(context_->snapshot.api_version, context_->instance->api_version) >= VK_API_VERSION_1_2;
    }

  private:
    VkResult enqueue(const VkSubmitInfo& work, uint64_t number, WorkBefore before) override {
        const VkSemaphore semaphore = semaphore_.get();
        VkSemaphore awaited = VK_NULL_HANDLE;
        auto values =
            structure<VkTimelineSemaphoreSubmitInfo>(VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO);
        values.signalSemaphoreValueCount = 1;
        values.pSignalSemaphoreValues = &number;
        VkSubmitInfo info = work;
        info.pNext = &values;
        info.signalSemaphoreCount = 1;
        info.pSignalSemaphores = &semaphore;
        if (before.number != 0) {
            // All timelines of a device are of one kind.
            awaited = static_cast<const SemaphoreTimeline*>(before.timeline)->semaphore_.get();
            values.waitSemaphoreValueCount = 1;
            values.pWaitSemaphoreValues = &before.number;
            info.waitSemaphoreCount = 1;
            info.pWaitSemaphores = &awaited;
            info.pWaitDstStageMask = &waiting_stages;
        }
        return context_->vk.vkQueueSubmit(queue_, 1, &info, VK_NULL_HANDLE);
    }

    VkResult reach(uint64_t number, uint64_t nanoseconds) override {
        const VkSemaphore semaphore = semaphore_.get();
        auto info = structure<VkSemaphoreWaitInfo>(VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO);
        info.semaphoreCount = 1;
        info.pSemaphores = &semaphore;
        info.pValues = &number;
        const auto wait = core_ ? context_->vk.vkWaitSemaphores : context_->vk.vkWaitSemaphoresKHR;
        return wait(context_->device, &info, nanoseconds);
    }

    Handle<VkSemaphore> semaphore_;
    bool core_ = false;
};

/// Gives each command buffer a fence. A fence signals after everything submitted before it, so the fence of
/// any later number also answers for an earlier one.
class FenceTimeline final : public Timeline {
  public:
    FenceTimeline(std::shared_ptr<Context> context, QueueIndex queue) : Timeline(std::move(context), queue) {}

  private:
    struct Signal {
        uint64_t number;
        Handle<VkFence> fence;
    };

    VkResult enqueue(const VkSubmitInfo& work, uint64_t number, WorkBefore before) override {
        if (before.number != 0)
            throw Error("{}: fences do not order two queues; plan uploads in the step",
                        context_->description);
        Handle<VkFence> fence;
        if (free_.empty()) {
            const auto info = structure<VkFenceCreateInfo>(VK_STRUCTURE_TYPE_FENCE_CREATE_INFO);
            fence = context_->create(&VolkDeviceTable::vkCreateFence, &VolkDeviceTable::vkDestroyFence, info,
                                     "creating a fence");
        } else {
            fence = std::move(free_.back());
            free_.pop_back();
        }
        const VkResult result = context_->vk.vkQueueSubmit(queue_, 1, &work, fence.get());
        if (result == VK_SUCCESS) signals_.push_back({number, std::move(fence)});
        return result;
    }

    VkResult reach(uint64_t number, uint64_t nanoseconds) override {
        const auto signal =
            std::ranges::find_if(signals_, [&](const Signal& s) { return s.number >= number; });
        if (signal == signals_.end()) return VK_SUCCESS;
        const VkFence fence = signal->fence.get();
        const VkResult result =
            context_->vk.vkWaitForFences(context_->device, 1, &fence, VK_TRUE, nanoseconds);
        if (result != VK_SUCCESS) return result;
        for (const uint64_t reached = signal->number;
             !signals_.empty() && signals_.front().number <= reached;) {
            const VkFence signalled = signals_.front().fence.get();
            const VkResult reset = context_->vk.vkResetFences(context_->device, 1, &signalled);
            if (reset != VK_SUCCESS) return reset;
            free_.push_back(std::move(signals_.front().fence));
            signals_.pop_front();
        }
        return VK_SUCCESS;
    }

    std::deque<Signal> signals_;  ///< by rising number
    std::vector<Handle<VkFence>> free_;
};

uint64_t nanoseconds(double seconds) {
    return static_cast<uint64_t>(seconds * 1e9);
}

std::string quoted(const WorkLabel& label) {
    if (label.dispatches == 0) return label.first.empty() ? "copies" : label.first;
    if (label.dispatches == 1) return fmt::format("'{}'", label.first);
    return fmt::format("the {} dispatches from '{}' to '{}'", label.dispatches, label.first, label.last);
}

}  // namespace

Timeline::Timeline(std::shared_ptr<Context> context, QueueIndex queue) : context_(std::move(context)) {
    context_->vk.vkGetDeviceQueue(context_->device, queue.family, queue.index, &queue_);
}

void Timeline::beside(const std::shared_ptr<Timeline>& one, const std::shared_ptr<Timeline>& other) {
    one->beside_ = other;
    other->beside_ = one;
}

std::unique_ptr<Timeline> Timeline::create(std::shared_ptr<Context> context, QueueIndex queue) {
    context->require_execution();
    if (context->plan.timeline_semaphore)
        return std::make_unique<SemaphoreTimeline>(std::move(context), queue);
    return std::make_unique<FenceTimeline>(std::move(context), queue);
}

uint64_t Timeline::submit(std::span<const Work> works, WorkBefore before) {
    for (const Work& work : works) {
        auto info = structure<VkSubmitInfo>(VK_STRUCTURE_TYPE_SUBMIT_INFO);
        info.commandBufferCount = 1;
        info.pCommandBuffers = &work.commands;
        const VkResult result = enqueue(info, last_ + 1, before);
        if (result == VK_ERROR_DEVICE_LOST) lost("submitting " + quoted(work.label));
        context_->check(result, "submitting " + quoted(work.label));
        pending_.push_back({++last_, work.label, before});
        before = {};  // the queue keeps the others behind this one
    }
    return last_;
}

VkResult Timeline::reach_within(uint64_t number, double seconds) {
    constexpr double part = 5;  // what a suspension can add to the bound
    for (double left = seconds;; left -= part) {
        const VkResult result = reach(number, nanoseconds(std::min(left, part)));
        if (result != VK_TIMEOUT || left <= part) return result;
    }
}

bool Timeline::completed(VkResult result, uint64_t number, std::string_view operation) {
    if (result == VK_TIMEOUT) return false;
    if (result == VK_ERROR_DEVICE_LOST) lost(operation);
    context_->check(result, operation);
    reached_ = std::max(reached_, number);
    timed_out_ = false;
    while (!pending_.empty() && pending_.front().number <= reached_)
        pending_.pop_front();
    return true;
}

bool Timeline::done(uint64_t number) {
    return number <= reached_ || completed(reach(number, 0), number, "asking for completed work");
}

void Timeline::wait(uint64_t number, double seconds) {
    if (number <= reached_) return;
    if (number > last_)
        throw Error("{}: ticket {} was never submitted (the last one is {})", context_->description, number,
                    last_);
    constexpr double longest = 1e9;  // about 30 years, and safely within 64 bits of nanoseconds
    const double bound = std::isnan(seconds) ? 0.0 : std::clamp(seconds, 0.0, longest);
    if (completed(reach_within(number, bound), number, "waiting for the device")) return;
    timed_out_ = true;
    throw DeviceTimeout("{}: {} not done after {} s; the device hangs or is too slow for this bound",
                        context_->description, overdue(), seconds);
}

void Timeline::drain(uint64_t number) noexcept try {
    // Where the device was given up on another queue, this one's work may wait for that for ever.
    if (number <= reached_ || given_up_ || is_abandoned(context_->device)) return;
    const double bound = timed_out_ ? 5 : 300;  // a busy machine's software driver is late, not lost
    if (completed(reach_within(number, bound), number, "waiting for the device")) return;
    given_up_ = true;
    abandon(context_);
    if (!timed_out_)
        log().error("{}: {} not done after {} s; it is left behind", context_->description, overdue(), bound);
} catch (const std::exception&) {
    context_->vk.vkDeviceWaitIdle(context_->device);  // a lost device is idle soon
}

std::string Timeline::overdue() const {
    const Pending& front = pending_.front();
    const auto [timeline, number] = front.before;
    const bool free = number == 0 || number <= timeline->reached_ || timeline->reach(number, 0) == VK_SUCCESS;
    if (free) return quoted(front.label);
    return fmt::format("{}, which holds up {},", quoted(timeline->pending_.front().label),
                       quoted(front.label));
}

std::string Timeline::running() {
    // Work completes in order: what was running is the first that had not been reached. The last dispatches are
    // named in any case, because a driver may signal all that it gives up.
    const auto over = [&] {
        const bool named = pending_.size() == 1 && pending_.front().label.dispatches > 0;
        return !named && reach(pending_.front().number, 0) == VK_SUCCESS;
    };
    while (!pending_.empty() && over())
        pending_.pop_front();
    return pending_.empty() ? "" : quoted(pending_.front().label);
}

void Timeline::lost(std::string_view operation) {
    std::string what = running();
    // A lost device does not say which of its queues it was.
    if (const auto other = beside_.lock()) {
        std::string theirs = other->running();
        const bool copies = !pending_.empty() && pending_.front().label.dispatches == 0;
        if (copies) std::swap(what, theirs);  // they are not likely to be the reason
        what += (what.empty() || theirs.empty() ? "" : " and ") + theirs;
    }
    throw DeviceLost(
        "{}: {}: the driver gave the device up while running {}{}; see the system log, and resume from the "
        "last checkpoint",
        context_->description, operation, what.empty() ? "nothing" : what, fault_description());
}

std::string Timeline::fault_description() const {
    const auto query = context_->vk.vkGetDeviceFaultInfoEXT;
    if (!context_->snapshot.features.device_fault || !query) return "";
    auto counts = structure<VkDeviceFaultCountsEXT>(VK_STRUCTURE_TYPE_DEVICE_FAULT_COUNTS_EXT);
    if (query(context_->device, &counts, nullptr) < VK_SUCCESS) return "";
    std::vector<VkDeviceFaultAddressInfoEXT> addresses(counts.addressInfoCount);
    std::vector<VkDeviceFaultVendorInfoEXT> vendors(counts.vendorInfoCount);
    counts.vendorBinarySize = 0;
    auto info = structure<VkDeviceFaultInfoEXT>(VK_STRUCTURE_TYPE_DEVICE_FAULT_INFO_EXT);
    info.pAddressInfos = addresses.data();
    info.pVendorInfos = vendors.data();
    if (query(context_->device, &counts, &info) < VK_SUCCESS) return "";
    std::string text = fmt::format(" ({}", info.description);
    for (const auto& a : addresses)
        text += fmt::format(", address 0x{:x}", a.reportedAddress);
    for (const auto& v : vendors)
        text += fmt::format(", {}", v.description);
    return text + ")";
}

}  // namespace vkm::engine
