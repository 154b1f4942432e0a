#pragma once

#include <engine/vulkan/command_list.h>
#include <engine/vulkan/kernel_store.h>
#include <engine/vulkan/memory.h>
#include <engine/vulkan/timeline.h>

#include <set>

namespace vkm::engine {

struct Device::Impl {
    explicit Impl(std::shared_ptr<Context>);
    ~Impl();

    /// Returns the queue, which the first call creates. Throws UnsupportedDevice on a null device.
    const std::shared_ptr<Timeline>& queue();
    /// Returns the one for uploads, as the plan has it.
    const std::shared_ptr<Timeline>& upload_queue();
    /// Queues a list that is not under way.
    void submit(CommandList::Impl&, const std::shared_ptr<Timeline>&, WorkBefore = {});
    void wait(uint64_t ticket, double seconds);
    void wait_for_all();
    /// Makes the driver compile a kernel by a dispatch of no workgroup, and waits.
    void dispatch_nothing(const Kernel&);
    /// Records with the given function, submits and waits.
    void run_now(const std::function<void(CommandList::Impl&)>& record);
    Block& staging(MemoryKind);

    std::shared_ptr<Context> context;
    std::shared_ptr<Timeline> timeline, upload_timeline;
    KernelStore kernels;
    std::set<const Kernel*> dispatched;     ///< where the driver compiles at the first dispatch
    std::optional<Block> upload, readback;  ///< staging of write() and read()
    std::optional<Block> unread;            ///< what a dispatch of no workgroup binds
};

}  // namespace vkm::engine
