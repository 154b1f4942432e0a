#pragma once

#include <engine/vulkan/descriptors.h>
#include <engine/vulkan/hazards.h>
#include <engine/vulkan/profiler.h>
#include <engine/vulkan/timeline.h>

namespace vkm::engine {

/// Says which of a device's two queues a list is for.
enum class Stream : uint8_t {
    steps,
    uploads  ///< copies, which only semaphores order against the steps
};

struct CommandList::Impl {
    Impl(std::shared_ptr<Context>, Timing, Stream = Stream::steps);
    Impl(const Impl&) = delete;
    ~Impl();

    void dispatch(const Dispatch&);
    /// Records a dispatch of no workgroup, for which a driver compiles the kernel. `unread` is bound everywhere.
    void dispatch_nothing(const Kernel&, const Slice& unread);
    void copy(const Slice& from, const Slice& to);
    void fill(const Slice&, uint32_t word);
    void part(std::string_view name);
    void end_part();
    void finish();
    /// Queues what was recorded on `timeline`, and sets the ticket. Where queueing fails, the ticket is that
    /// of the last part that was queued.
    void submit(WorkBefore = {});

    std::shared_ptr<Context> context;
    const Stream stream;
    std::shared_ptr<Timeline> timeline;  ///< of the latest submission
    uint64_t ticket = 0;                 ///< of the latest submission, 0 before the first
    bool finished = false;
    std::vector<Work> work;  ///< in order; what came after a split is submitted apart
    std::optional<Profiler> profiler;

  private:
    bool uploads() const { return stream == Stream::uploads; }
    void open();
    void close();
    void split_before(double flops);
    void order(std::span<const ByteRange>);
    void barrier(VkPipelineStageFlags to, VkAccessFlags reads);
    void require_recording(std::string_view operation) const;
    const Block::Impl& check_slice(const Slice&, std::string_view what) const;

    const Timing timing_;
    bool in_part_ = false;
    Handle<VkCommandPool> pool_;
    Descriptors descriptors_;
    HazardTracker hazards_;
    double segment_flops_ = 0;
    const Kernel* bound_ = nullptr;
    std::vector<ByteRange> ranges_;  ///< of the command being recorded
};

}  // namespace vkm::engine
