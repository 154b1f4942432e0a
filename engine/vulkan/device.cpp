#include <engine/error.h>
#include <engine/vulkan/abandoned.h>
#include <engine/vulkan/late_compilation.h>

#include <algorithm>
#include <cstring>

namespace vkm::engine {
namespace {

constexpr uint64_t staging_bytes = 16u << 20;
constexpr double transfer_seconds = 300;

void check_transfer(const Context& context, const Slice& slice, size_t host_bytes, std::string_view what) {
    if (!slice.block || slice.bytes != host_bytes || slice.offset > slice.block->size() ||
        slice.bytes > slice.block->size() - slice.offset || slice.block->impl().context.get() != &context)
        throw Error("{}: {} of {} bytes: the slice has {} bytes at {} of a block of {}{}",
                    context.description, what, host_bytes, slice.bytes, slice.offset,
                    slice.block ? slice.block->size() : 0,
                    slice.block && slice.block->impl().context.get() != &context ? " of another device" : "");
}

}  // namespace

Device::Impl::Impl(std::shared_ptr<Context> shared) : context(std::move(shared)), kernels(context) {}

Device::Impl::~Impl() {
    for (const auto& queue : {timeline, upload_timeline})
        if (queue) queue->drain(queue->last());
    // A thread of Mesa's software queue lets go of the semaphores of a submission after it has said that this is done.
    // An idle queue has let go of them all, so that they may be destroyed.
    if (timeline && !is_abandoned(context->device)) context->vk.vkDeviceWaitIdle(context->device);
    kernels.save();
}

const std::shared_ptr<Timeline>& Device::Impl::queue() {
    if (!timeline) timeline = Timeline::create(context, {context->plan.queue_family, 0});
    return timeline;
}

const std::shared_ptr<Timeline>& Device::Impl::upload_queue() {
    if (!upload_timeline) {
        upload_timeline = Timeline::create(context, context->plan.upload_queue.value());
        Timeline::beside(queue(), upload_timeline);
    }
    return upload_timeline;
}

void Device::Impl::submit(CommandList::Impl& list, const std::shared_ptr<Timeline>& queue,
                          WorkBefore before) {
    if (list.context != context)
        throw Error("{}: a command list of {} was submitted", context->description,
                    list.context->description);
    if (!list.finished) throw Error("{}: a command list was submitted before finish()", context->description);
    if (!queue->done(list.ticket))
        throw Error("{}: a command list was submitted again before its submission {} was done",
                    context->description, list.ticket);
    flush_mapped(*context);
    list.timeline = queue;
    list.submit(before);
}

void Device::Impl::wait(uint64_t ticket, double seconds) {
    queue()->wait(ticket, seconds);
    invalidate_mapped(*context);
}

void Device::Impl::wait_for_all() {
    if (upload_timeline) upload_timeline->wait(upload_timeline->last(), transfer_seconds);
    if (timeline) wait(timeline->last(), transfer_seconds);
}

void Device::Impl::run_now(const std::function<void(CommandList::Impl&)>& record) {
    CommandList::Impl list(context, Timing::none);
    record(list);
    list.finish();
    flush_mapped(*context);
    list.timeline = queue();
    list.submit();
    wait(list.ticket, transfer_seconds);
}

void Device::Impl::dispatch_nothing(const Kernel& kernel) {
    constexpr uint64_t bytes = 240;
    if (!unread)
        unread.emplace(
            Block(std::make_unique<Block::Impl>(context, bytes, MemoryKind::device, "what no kernel reads")));
    run_now([&](CommandList::Impl& list) { list.dispatch_nothing(kernel, {&*unread, 0, bytes}); });
}

Block& Device::Impl::staging(MemoryKind kind) {
    std::optional<Block>& block = kind == MemoryKind::upload ? upload : readback;
    if (!block) {
        const uint64_t bytes = std::min(staging_bytes, context->plan.block_bytes);
        block.emplace(Block(std::make_unique<Block::Impl>(context, bytes, kind, "staging")));
    }
    return *block;
}

Device::Device(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Device::~Device() = default;
const DeviceSnapshot& Device::snapshot() const {
    return impl_->context->snapshot;
}
const DevicePlan& Device::plan() const {
    return impl_->context->plan;
}
std::string Device::description() const {
    return impl_->context->description;
}

Block Device::allocate(uint64_t bytes, MemoryKind kind, std::string_view label) {
    return Block(std::make_unique<Block::Impl>(impl_->context, bytes, kind, label));
}

std::optional<Block> Device::import_memory(std::shared_ptr<const HostMemory> memory, std::string_view label) {
    std::unique_ptr<Block::Impl> block = Block::Impl::import_memory(impl_->context, std::move(memory), label);
    if (!block) return {};
    return Block(std::move(block));
}

std::vector<const Kernel*> Device::kernels(std::span<const KernelSpec> specs,
                                           const std::function<void(size_t, size_t)>& progress,
                                           const std::function<void()>& meanwhile) {
    return impl_->kernels.get(specs, progress, meanwhile);
}
void Device::compile(std::span<const Kernel* const> kernels,
                     const std::function<void(size_t, size_t)>& progress) {
    if (plan().compiles_at_dispatch) compile_at_dispatch(*impl_, kernels, progress);
}
std::vector<KernelStatistic> Device::statistics(const Kernel& kernel) const {
    return kernel.statistics();
}
size_t Device::kernel_count() const {
    return impl_->kernels.size();
}
void Device::save_cache() {
    impl_->kernels.save();
}

CommandList Device::record(Timing timing) {
    return CommandList(std::make_unique<CommandList::Impl>(impl_->context, timing));
}

uint64_t Device::submit(CommandList& list, UploadTicket after) {
    if (list.impl().stream == Stream::uploads)
        throw Error("{}: a list of uploads was submitted as one of kernels", description());
    impl_->submit(list.impl(), impl_->queue(), {impl_->upload_timeline.get(), after.number});
    return list.impl().ticket;
}

CommandList Device::record_upload() {
    if (!plan().upload_queue)
        throw Error("{}: the plan has no queue for uploads: {}", description(), plan().upload_reason);
    return CommandList(std::make_unique<CommandList::Impl>(impl_->context, Timing::none, Stream::uploads));
}

UploadTicket Device::upload(CommandList& list, uint64_t free) {
    if (list.impl().stream != Stream::uploads)
        throw Error("{}: a list of kernels was submitted as one of uploads", description());
    impl_->submit(list.impl(), impl_->upload_queue(), {impl_->queue().get(), free});
    return {list.impl().ticket};
}

void Device::wait(UploadTicket ticket, double seconds) {
    if (ticket.number != 0) impl_->upload_queue()->wait(ticket.number, seconds);
}

bool Device::done(uint64_t ticket) const {
    if (!impl_->queue()->done(ticket)) return false;
    invalidate_mapped(*impl_->context);
    return true;
}

void Device::wait(uint64_t ticket, double seconds) {
    impl_->wait(ticket, seconds);
}

std::vector<DispatchTime> Device::times(const CommandList& list) const {
    const CommandList::Impl& l = const_cast<CommandList&>(list).impl();
    if (!l.profiler || l.ticket == 0) return {};
    if (!l.timeline->done(l.ticket))
        throw Error("{}: times of a command list that still runs; wait for ticket {}", description(),
                    l.ticket);
    return l.profiler->times();
}

void Device::write(const Slice& to, std::span<const std::byte> bytes) {
    check_transfer(*impl_->context, to, bytes.size(), "write");
    const Block::Impl& block = to.block->impl();
    if (block.mapped) {
        impl_->wait_for_all();
        std::memcpy(block.mapped + to.offset, bytes.data(), bytes.size());
        return;  // submit() flushes
    }
    Block& staging = impl_->staging(MemoryKind::upload);
    for (uint64_t at = 0; at < bytes.size(); at += staging.size()) {
        const uint64_t count = std::min(staging.size(), bytes.size() - at);
        std::memcpy(staging.mapped(), bytes.data() + at, count);
        impl_->run_now([&](CommandList::Impl& list) {
            list.copy({&staging, 0, count}, {to.block, to.offset + at, count});
        });
    }
}

void Device::read(const Slice& from, std::span<std::byte> bytes) {
    check_transfer(*impl_->context, from, bytes.size(), "read");
    const Block::Impl& block = from.block->impl();
    // Mapped memory that is not cached (a GPU's own, through the bus) is slower to read than to copy.
    if (block.mapped && (block.cached || !on_device(block.kind))) {
        impl_->wait_for_all();
        std::memcpy(bytes.data(), block.mapped + from.offset, bytes.size());
        return;
    }
    Block& staging = impl_->staging(MemoryKind::readback);
    for (uint64_t at = 0; at < bytes.size(); at += staging.size()) {
        const uint64_t count = std::min(staging.size(), bytes.size() - at);
        impl_->run_now([&](CommandList::Impl& list) {
            list.copy({from.block, from.offset + at, count}, {&staging, 0, count});
        });
        std::memcpy(bytes.data() + at, staging.mapped(), count);
    }
}

}  // namespace vkm::engine
