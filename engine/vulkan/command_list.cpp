#include <engine/error.h>
#include <engine/vulkan/command_list.h>

#include <algorithm>

namespace vkm::engine {
namespace {

/// Says what commands of a list do, and which memory they access.
struct Accesses {
    VkPipelineStageFlags stages;
    VkAccessFlags writes, all;
};
constexpr Accesses accesses_of_copies{VK_PIPELINE_STAGE_TRANSFER_BIT, VK_ACCESS_TRANSFER_WRITE_BIT,
                                      VK_ACCESS_TRANSFER_WRITE_BIT | VK_ACCESS_TRANSFER_READ_BIT};
constexpr Accesses accesses_of_work{
    accesses_of_copies.stages | VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
    accesses_of_copies.writes | VK_ACCESS_SHADER_WRITE_BIT,
    accesses_of_copies.all | VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_SHADER_READ_BIT};

/// Returns those of a stream. A queue that only transfers has no stage that computes.
constexpr const Accesses& accesses_of(Stream stream) {
    return stream == Stream::uploads ? accesses_of_copies : accesses_of_work;
}

/// The first submit holds this share of the bound, so that the device starts early.
constexpr double first_share = 0.1;

uint64_t name_of(const Block::Impl& block) {
    return reinterpret_cast<uint64_t>(block.buffer.get());
}

}  // namespace

CommandList::Impl::Impl(std::shared_ptr<Context> device_context, Timing timing, Stream list_stream)
    : context(std::move(device_context)), stream(list_stream), timing_(timing), descriptors_(context) {
    context->require_execution();
    if (timing != Timing::none && context->plan.timestamps) profiler.emplace(context);
    auto info = structure<VkCommandPoolCreateInfo>(VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO);
    info.queueFamilyIndex =
        uploads() ? context->plan.upload_queue.value().family : context->plan.queue_family;
    pool_ = context->create(&VolkDeviceTable::vkCreateCommandPool, &VolkDeviceTable::vkDestroyCommandPool,
                            info, "creating a command pool");
    open();
    if (uploads()) {
        work.back().label.first = "an upload";
        return;  // what it overwrites is free when it begins, and the list behind it waits
    }
    // Everything submitted earlier comes first.
    barrier(accesses_of(stream).stages, accesses_of(stream).all);
    if (profiler && timing_ == Timing::whole) profiler->begin(work.back().commands, "command list", "");
}

CommandList::Impl::~Impl() {
    // What the device still runs must not be freed under it.
    if (timeline) timeline->drain(ticket);
}

void CommandList::Impl::submit(WorkBefore before) {
    try {
        ticket = timeline->submit(work, before);
    } catch (...) {
        ticket = timeline->last();
        throw;
    }
}

void CommandList::Impl::open() {
    auto info = structure<VkCommandBufferAllocateInfo>(VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO);
    info.commandPool = pool_.get();
    info.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
    info.commandBufferCount = 1;
    VkCommandBuffer commands = VK_NULL_HANDLE;
    context->check(context->vk.vkAllocateCommandBuffers(context->device, &info, &commands),
                   "allocating a command buffer");
    const auto begin = structure<VkCommandBufferBeginInfo>(VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO);
    context->check(context->vk.vkBeginCommandBuffer(commands, &begin), "beginning a command buffer");
    work.push_back({commands, {}});
    segment_flops_ = 0;
    bound_ = nullptr;
}

void CommandList::Impl::close() {
    context->check(context->vk.vkEndCommandBuffer(work.back().commands), "ending a command buffer");
}

/// Goes on in another command buffer where this one would hold too much work. Barriers reach over command
/// buffers, so a split needs none of its own.
void CommandList::Impl::split_before(double flops) {
    const auto bound = static_cast<double>(context->plan.work_per_submit);
    if (bound > 0 && segment_flops_ > 0) {
        const double share = work.size() == 1 ? first_share : 1.0;
        if (segment_flops_ + flops > share * bound) {
            close();
            open();
        }
    }
    segment_flops_ += flops;
}

void CommandList::Impl::barrier(VkPipelineStageFlags to, VkAccessFlags accesses) {
    auto memory = structure<VkMemoryBarrier>(VK_STRUCTURE_TYPE_MEMORY_BARRIER);
    memory.srcAccessMask = accesses_of(stream).writes;
    memory.dstAccessMask = accesses;
    context->vk.vkCmdPipelineBarrier(work.back().commands, accesses_of(stream).stages, to, 0, 1, &memory, 0,
                                     nullptr, 0, nullptr);
}

void CommandList::Impl::order(std::span<const ByteRange> ranges) {
    if (hazards_.needs_barrier(ranges)) barrier(accesses_of(stream).stages, accesses_of(stream).all);
}

void CommandList::Impl::require_recording(std::string_view operation) const {
    if (finished)
        throw Error("{}: {} recorded into a finished command list", context->description, operation);
}

const Block::Impl& CommandList::Impl::check_slice(const Slice& slice, std::string_view what) const {
    if (!slice.block) throw Error("{}: {}: no block is bound", context->description, what);
    const Block::Impl& block = slice.block->impl();
    if (block.context != context)
        throw Error("{}: {}: block '{}' belongs to {}", context->description, what, block.label,
                    block.context->description);
    if (slice.bytes == 0)
        throw Error("{}: {}: the slice of '{}' is empty", context->description, what, block.label);
    if (slice.offset > block.size || slice.bytes > block.size - slice.offset)
        throw Error("{}: {}: bytes {} + {} do not lie in block '{}' of {} bytes", context->description, what,
                    slice.offset, slice.bytes, block.label, block.size);
    return block;
}

void CommandList::Impl::dispatch(const Dispatch& d) {
    if (!d.kernel) throw Error("{}: dispatch '{}' has no kernel", context->description, d.label);
    const Kernel& kernel = *d.kernel;
    const DevicePlan& plan = context->plan;
    const auto fail = [&](const std::string& why) {
        return Error("{}: '{}' ({}): {}", context->description, d.label, kernel.label(), why);
    };
    if (finished) throw fail("recorded into a finished command list");
    if (uploads()) throw fail("recorded into a list of uploads");
    if (&kernel.context() != context.get())
        throw fail("the kernel belongs to " + kernel.context().description);

    const auto& bindings = kernel.interface().bindings;
    if (bindings.size() != d.bindings.size())
        throw fail(fmt::format("{} bindings given, the kernel has {}", d.bindings.size(), bindings.size()));
    ranges_.clear();
    for (size_t i = 0; i < bindings.size(); ++i) {
        const Slice& slice = d.bindings[i];
        const auto bad = [&](const std::string& why) {
            return fail(fmt::format("binding {} {}", bindings[i].binding, why));
        };
        if (!slice.block) throw bad("has no block");
        const Block::Impl& block = check_slice(
            slice, fmt::format("'{}' ({}) binding {}", d.label, kernel.label(), bindings[i].binding));
        if (slice.offset % plan.binding_alignment != 0)
            throw bad(fmt::format("starts at byte {}, which is no multiple of {}", slice.offset,
                                  plan.binding_alignment));
        if (slice.bytes > plan.window_bytes)
            throw bad(
                fmt::format("spans {} bytes; the device binds {} at once", slice.bytes, plan.window_bytes));
        if (bindings[i].type == BindingType::storage_texel_buffer) {
            const uint64_t texel = texel_bytes(bindings[i].format);
            const uint64_t most = context->snapshot.limits.max_texel_buffer_elements;
            if (slice.bytes % texel != 0)
                throw bad(fmt::format("spans {} bytes, which is no multiple of {}", slice.bytes, texel));
            if (slice.bytes / texel > most)
                throw bad(fmt::format("spans {} texels; the device allows {}", slice.bytes / texel, most));
        } else if (slice.bytes % 4 != 0) {
            throw bad(fmt::format("spans {} bytes, which is no multiple of 4", slice.bytes));
        }
        ranges_.push_back({name_of(block), slice.offset, slice.offset + slice.bytes, bindings[i].reads,
                           bindings[i].writes});
    }
    if (d.push_constants.size() > 128 || d.push_constants.size() % 4 != 0)
        throw fail(fmt::format("{} bytes of push constants; at most 128 and a multiple of 4 are possible",
                               d.push_constants.size()));
    if (d.push_constants.size() < kernel.interface().push_constant_bytes)
        throw fail(fmt::format("{} bytes of push constants given, the kernel reads {}",
                               d.push_constants.size(), kernel.interface().push_constant_bytes));
    for (size_t i = 0; i < 3; ++i)
        if (d.groups[i] == 0 || d.groups[i] > plan.max_workgroup_count[i])
            throw fail(fmt::format("{} x {} x {} workgroups; 1 to {} x {} x {} are possible", d.groups[0],
                                   d.groups[1], d.groups[2], plan.max_workgroup_count[0],
                                   plan.max_workgroup_count[1], plan.max_workgroup_count[2]));

    const VkDescriptorSet set = bindings.empty() ? VK_NULL_HANDLE : descriptors_.set(kernel, d.bindings);
    split_before(d.flops);
    order(ranges_);

    const auto& vk = context->vk;
    const VkCommandBuffer commands = work.back().commands;
    if (bound_ != &kernel) vk.vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, kernel.pipeline());
    bound_ = &kernel;
    if (set)
        vk.vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, kernel.layout(), 0, 1, &set, 0,
                                   nullptr);
    if (!d.push_constants.empty())
        vk.vkCmdPushConstants(commands, kernel.layout(), VK_SHADER_STAGE_COMPUTE_BIT, 0,
                              static_cast<uint32_t>(d.push_constants.size()), d.push_constants.data());
    const bool timed = profiler && timing_ == Timing::dispatches;
    if (timed) profiler->begin(commands, d.label, kernel.label());
    vk.vkCmdDispatch(commands, d.groups[0], d.groups[1], d.groups[2]);
    if (timed) profiler->end(commands);

    WorkLabel& label = work.back().label;
    if (label.dispatches++ == 0) label.first = d.label;
    label.last = d.label;
}

void CommandList::Impl::dispatch_nothing(const Kernel& kernel, const Slice& unread) {
    require_recording("a dispatch");
    const std::vector<Slice> bindings(kernel.interface().bindings.size(), unread);
    const std::vector<std::byte> push(kernel.interface().push_constant_bytes);
    const auto& vk = context->vk;
    const VkCommandBuffer commands = work.back().commands;
    vk.vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, kernel.pipeline());
    bound_ = &kernel;
    if (!bindings.empty()) {
        const VkDescriptorSet set = descriptors_.set(kernel, bindings);
        vk.vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, kernel.layout(), 0, 1, &set, 0,
                                   nullptr);
    }
    if (!push.empty())
        vk.vkCmdPushConstants(commands, kernel.layout(), VK_SHADER_STAGE_COMPUTE_BIT, 0,
                              static_cast<uint32_t>(push.size()), push.data());
    vk.vkCmdDispatch(commands, 0, 0, 0);
}

void CommandList::Impl::copy(const Slice& from, const Slice& to) {
    require_recording("a copy");
    const Block::Impl& source = check_slice(from, "copy source");
    const Block::Impl& target = check_slice(to, "copy target");
    if (uploads() && (source.kind != MemoryKind::upload || target.kind != MemoryKind::inputs))
        throw Error("{}: an upload copies '{}' into '{}'; it copies upload memory into inputs",
                    context->description, source.label, target.label);
    if (from.bytes != to.bytes)
        throw Error("{}: copy of {} bytes of '{}' into {} bytes of '{}'", context->description, from.bytes,
                    source.label, to.bytes, target.label);
    if (&source == &target && from.offset < to.offset + to.bytes && to.offset < from.offset + from.bytes)
        throw Error("{}: copy within '{}' overlaps itself", context->description, source.label);
    const std::array<ByteRange, 2> ranges{
        {{name_of(source), from.offset, from.offset + from.bytes, true, false},
         {name_of(target), to.offset, to.offset + to.bytes, false, true}}};
    order(ranges);
    const VkBufferCopy region{from.offset, to.offset, from.bytes};
    context->vk.vkCmdCopyBuffer(work.back().commands, source.buffer.get(), target.buffer.get(), 1, &region);
}

void CommandList::Impl::fill(const Slice& slice, uint32_t word) {
    require_recording("a fill");
    if (uploads()) throw Error("{}: a fill recorded into a list of uploads", context->description);
    const Block::Impl& block = check_slice(slice, "fill");
    if (slice.offset % 4 != 0 || slice.bytes % 4 != 0)
        throw Error("{}: fill of bytes {} + {} of '{}', which are no whole words", context->description,
                    slice.offset, slice.bytes, block.label);
    const std::array<ByteRange, 1> ranges{
        {{name_of(block), slice.offset, slice.offset + slice.bytes, false, true}}};
    order(ranges);
    context->vk.vkCmdFillBuffer(work.back().commands, block.buffer.get(), slice.offset, slice.bytes, word);
}

void CommandList::Impl::part(std::string_view name) {
    if (!profiler || timing_ != Timing::parts) return;
    end_part();
    // Its time is its own: what was recorded before is done when it begins.
    barrier(accesses_of(stream).stages, accesses_of(stream).all);
    profiler->begin(work.back().commands, name, "");
    in_part_ = true;
}

void CommandList::Impl::end_part() {
    if (std::exchange(in_part_, false)) profiler->end(work.back().commands);
}

void CommandList::Impl::finish() {
    require_recording("finish()");
    end_part();
    if (profiler && timing_ == Timing::whole) profiler->end(work.back().commands);
    if (!uploads()) barrier(VK_PIPELINE_STAGE_HOST_BIT, VK_ACCESS_HOST_READ_BIT);
    close();
    finished = true;
}

CommandList::CommandList(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CommandList::~CommandList() = default;
CommandList::CommandList(CommandList&&) noexcept = default;
void CommandList::dispatch(const Dispatch& d) {
    impl_->dispatch(d);
}
void CommandList::copy(const Slice& from, const Slice& to) {
    impl_->copy(from, to);
}
void CommandList::part(std::string_view name) {
    impl_->part(name);
}
void CommandList::fill(const Slice& slice, uint32_t word) {
    impl_->fill(slice, word);
}
void CommandList::finish() {
    impl_->finish();
}

}  // namespace vkm::engine
