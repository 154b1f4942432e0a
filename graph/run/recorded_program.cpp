#include <base/align.h>
#include <graph/lower/lowering.h>
#include <graph/run/record.h>
#include <graph/run/recorded_program.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

namespace vkm::graph {
namespace {

// What the parts of a segment are called that only move.
constexpr std::string_view takes = "takes", gives = "gives";

int64_t alignment_of(const engine::Device& device) {
    return static_cast<int64_t>(device.plan().binding_alignment);
}

engine::Slice part(const engine::Slice& whole, const Region& region) {
    return {whole.block, whole.offset + static_cast<uint64_t>(region.offset),
            static_cast<uint64_t>(region.bytes)};
}

}  // namespace

engine::Slice RecordedProgram::Exchange::on_host(size_t slot, int32_t buffer, int64_t bytes) const {
    return {host.get(), static_cast<uint64_t>(static_cast<int64_t>(slot) * slot_bytes + offsets.at(buffer)),
            static_cast<uint64_t>(bytes)};
}

engine::Slice RecordedProgram::Exchange::on_device(size_t slot, int32_t buffer, int64_t bytes) const {
    engine::Slice slice = on_host(slot, buffer, bytes);
    if (device) slice.block = device.get();
    return slice;
}

RecordedProgram::Exchange RecordedProgram::exchange(std::initializer_list<Role> roles,
                                                    engine::MemoryKind host, size_t slots) {
    Exchange exchange;
    const int64_t alignment = alignment_of(device());
    for (size_t i = 0; i < program_.buffers.size(); ++i) {
        const ProgramBuffer& buffer = program_.buffers[i];
        if (std::find(roles.begin(), roles.end(), buffer.role) == roles.end()) continue;
        exchange.offsets[static_cast<int32_t>(i)] = exchange.slot_bytes;
        exchange.slot_bytes += align_up(buffer.bytes, alignment);
    }
    if (exchange.slot_bytes == 0) return exchange;
    const auto bytes = static_cast<uint64_t>(exchange.slot_bytes) * slots;
    exchange.host = std::make_unique<engine::Block>(device().allocate(bytes, host, "batches in flight"));
    const bool uploaded = host == engine::MemoryKind::upload;
    if (!uploaded || !device().plan().direct_upload)
        exchange.device = std::make_unique<engine::Block>(device().allocate(
            bytes, uploaded ? engine::MemoryKind::inputs : engine::MemoryKind::device, "batches in flight"));
    return exchange;
}

engine::Slice RecordedProgram::slice(const Staging& staging, size_t slot, size_t reduction) const {
    const Staging::Place& place = staging.places.at(reduction);
    return {place.shared ? &*shared_ : staging.block.get(),
            static_cast<uint64_t>(place.offset + static_cast<int64_t>(slot) * place.slot_bytes),
            static_cast<uint64_t>(schedule_.reductions[reduction].region.bytes)};
}

RecordedProgram::Staging RecordedProgram::staging(bool HostReduction::*used, engine::MemoryKind kind,
                                                  const char* what, size_t slots,
                                                  const SharedStaging* shared) {
    Staging staging;
    int64_t bytes = 0;
    for (size_t i = 0; i < schedule_.reductions.size(); ++i) {
        const HostReduction& reduction = schedule_.reductions[i];
        const bool one_way = reduction.reduction == Reduction::copy;
        Staging::Place& place = staging.places.emplace_back();
        if (!(reduction.*used)) continue;
        // What is summed up comes from a region of each device.
        place.shared = shared_ && (one_way || used == &HostReduction::takes);
        if (place.shared) {
            place.offset = shared->offset(reduction.number, 0);
            place.slot_bytes = shared->offset(reduction.number, 1) - place.offset;
        } else {
            const int64_t region = align_up(reduction.region.bytes, alignment_of(device()));
            place.offset = bytes;
            place.slot_bytes = one_way ? region : 0;
            bytes += region * static_cast<int64_t>(one_way ? slots : 1);
        }
    }
    if (bytes > 0)
        staging.block =
            std::make_unique<engine::Block>(device().allocate(static_cast<uint64_t>(bytes), kind, what));
    return staging;
}

ScheduledProgram::ScheduledProgram(const DeviceState& state, const Graph& graph, const RunOptions& options)
    : program(lower(graph, options.tuning ? with_tuning(state.plan(), *options.tuning) : state.plan())),
      schedule(graph::schedule(program)) {}

RecordedProgram::RecordedProgram(DeviceState& state, const Graph& graph, ScheduledProgram scheduled,
                                 const RunOptions& options, size_t number, const SharedStaging* shared)
    : state_(state),
      graph_(graph),
      program_(std::move(scheduled.program)),
      memory_(plan_memory(program_, static_cast<int64_t>(device().plan().block_bytes), alignment_of(device()),
                          options.keep_activations)),
      schedule_(std::move(scheduled.schedule)),
      arena_(state.arena(memory_.block_bytes)),
      trace_(options.trace),
      number_(number) {
    for (size_t i = 0; i < program_.buffers.size(); ++i) {
        const ProgramBuffer& buffer = program_.buffers[i];
        if (persistent(buffer.role))
            persistent_[static_cast<int32_t>(i)] = state.flat(graph.value(buffer.value));
        if (buffer.role != Role::table) continue;
        const auto bytes = static_cast<uint64_t>(buffer.bytes);
        tables_.push_back(std::make_unique<engine::Block>(
            device().allocate(bytes, engine::MemoryKind::device, "tables of kernels")));
        const engine::Slice table{tables_.back().get(), 0, bytes};
        device().write(table, buffer.contents);
        persistent_[static_cast<int32_t>(i)] = table;
    }
    inputs_ = exchange({Role::input, Role::step_params}, engine::MemoryKind::upload, options.slots);
    metrics_ = exchange({Role::metric}, engine::MemoryKind::readback, options.slots);
    if (shared) shared_ = device().import_memory(shared->memory(), "what devices hand each other");
    contributions_ = staging(&HostReduction::gives, engine::MemoryKind::readback, "what others get",
                             options.slots, shared);
    results_ =
        staging(&HostReduction::takes, engine::MemoryKind::upload, "what others give", options.slots, shared);

    if (options.undoable) backup_.emplace(device(), changed_slices(), options.slots);

    const std::vector<const engine::Kernel*> kernels =
        create_kernels(device(), program_, options.compile_progress, options.while_compiling);
    std::ranges::copy_if(kernels, std::back_inserter(uncompiled_), std::identity());
    if (!options.used_later) device().compile(std::exchange(uncompiled_, {}), options.compile_progress);

    const engine::Timing timing = options.profile ? engine::Timing::dispatches
                                  : options.trace ? engine::Timing::parts
                                                  : engine::Timing::none;
    slots_.resize(options.slots);
    for (size_t slot = 0; slot < options.slots; ++slot) {
        // One slot is filled only when its step is done: there is nothing to copy beside.
        if (inputs_.device && device().plan().upload_queue && options.slots > 1) {
            slots_[slot].uploads.emplace(device().record_upload());
            copy_inputs(*slots_[slot].uploads, slot);
            slots_[slot].uploads->finish();
        }
        for (size_t i = 0; i < schedule_.segments.size(); ++i)
            slots_[slot].segments.push_back(record(slot, schedule_.segments[i], i == 0,
                                                   i + 1 == schedule_.segments.size(), kernels, timing));
        slots_[slot].tickets.resize(schedule_.segments.size(), 0);
        slots_[slot].submitted.resize(schedule_.segments.size(), 0);
    }
}

std::vector<engine::Slice> RecordedProgram::changed_slices() const {
    std::vector<engine::Slice> changed;
    for (const auto& [buffer, slice] : persistent_)
        if (changed_by_a_step(program_.buffers[static_cast<size_t>(buffer)].role)) changed.push_back(slice);
    return changed;
}

engine::Slice RecordedProgram::resolve(size_t slot, const Region& region) const {
    const auto index = static_cast<size_t>(region.buffer);
    const ProgramBuffer& buffer = program_.buffers.at(index);
    if (const auto found = persistent_.find(region.buffer); found != persistent_.end())
        return part(found->second, region);
    if (inputs_.offsets.contains(region.buffer))
        return part(inputs_.on_device(slot, region.buffer, buffer.bytes), region);
    if (metrics_.offsets.contains(region.buffer))
        return part(metrics_.on_device(slot, region.buffer, buffer.bytes), region);
    const Place& place = memory_.places.at(index);
    if (place.block < 0) throw Error("{} has no memory: nothing on the device uses it", buffer.name);
    return {arena_[static_cast<size_t>(place.block)].get(),
            static_cast<uint64_t>(place.offset + region.offset), static_cast<uint64_t>(region.bytes)};
}

void RecordedProgram::copy_inputs(engine::CommandList& list, size_t slot) const {
    for (const auto& [buffer, offset] : inputs_.offsets) {
        const int64_t bytes = program_.buffers[static_cast<size_t>(buffer)].bytes;
        list.copy(inputs_.on_host(slot, buffer, bytes), inputs_.on_device(slot, buffer, bytes));
    }
}

engine::CommandList RecordedProgram::record(size_t slot, const Segment& segment, bool first, bool last,
                                            const std::vector<const engine::Kernel*>& kernels,
                                            engine::Timing timing) {
    engine::CommandList list = device().record(timing);
    if (first && backup_) backup_->save(list, slot);
    if (first && inputs_.device && !slots_[slot].uploads) copy_inputs(list, slot);
    if (!segment.loads.empty()) list.part(takes);
    for (const size_t reduction : segment.loads) {
        list.copy(slice(results_, slot, reduction), resolve(slot, schedule_.reductions[reduction].region));
    }
    if (segment.first < segment.last) list.part(work_of(segment));
    for (size_t i = segment.first; i < segment.last; ++i)
        graph::record(list, program_.commands[i], kernels[i],
                      [&](const Region& region) { return resolve(slot, region); });
    if (!segment.stores.empty()) list.part(gives);
    for (const size_t reduction : segment.stores) {
        list.copy(resolve(slot, schedule_.reductions[reduction].region),
                  slice(contributions_, slot, reduction));
    }
    if (last)
        for (const auto& [buffer, offset] : metrics_.offsets) {
            const int64_t bytes = program_.buffers[static_cast<size_t>(buffer)].bytes;
            list.copy(metrics_.on_device(slot, buffer, bytes), metrics_.on_host(slot, buffer, bytes));
        }
    list.finish();
    return list;
}

std::span<std::byte> RecordedProgram::input(size_t slot, ValueId id) const {
    const int32_t buffer = program_.buffer_of_value.at(static_cast<size_t>(id));
    if (!inputs_.offsets.contains(buffer)) throw Error("{} is not an input", graph_.value(id).name);
    const engine::Slice slice = inputs_.on_host(slot, buffer, graph_.type(id).bytes());
    return {slice.block->mapped() + slice.offset, slice.bytes};
}

std::span<const std::byte> RecordedProgram::metric(size_t slot, ValueId id) const {
    const int32_t buffer = program_.buffer_of_value.at(static_cast<size_t>(id));
    if (!metrics_.offsets.contains(buffer)) throw Error("{} is not a metric", graph_.value(id).name);
    const engine::Slice slice = metrics_.on_host(slot, buffer, graph_.type(id).bytes());
    return {slice.block->mapped() + slice.offset, slice.bytes};
}

HostTensor RecordedProgram::read(size_t slot, ValueId id) {
    const Value& value = graph_.value(id);
    const Region region{program_.buffer_of_value.at(static_cast<size_t>(id)),
                        value.view_of == no_value ? 0 : value.view_offset, value.type.bytes()};
    std::vector<std::byte> bytes(static_cast<size_t>(region.bytes));
    device().read(resolve(slot, region), bytes);
    return from_bytes(bytes, value.type);
}

void RecordedProgram::upload(size_t slot) {
    Slot& s = slots_[slot];
    // The last segment of the slot's earlier step is done after all that read its inputs.
    if (s.uploads && !s.uploaded) s.uploaded = device().upload(*s.uploads, s.tickets.back());
}

void RecordedProgram::submit(size_t slot, size_t segment) {
    Slot& s = slots_[slot];
    engine::UploadTicket after;
    if (segment == 0) {
        upload(slot);
        after = std::exchange(s.uploaded, {}).value_or(engine::UploadTicket{});
        s.begun = ++begun_;
    }
    if (!uncompiled_.empty()) device().compile(std::exchange(uncompiled_, {}));
    if (trace_) s.submitted[segment] = trace_->now();
    s.tickets[segment] = device().submit(s.segments[segment], after);
    s.noted = false;
}

void RecordedProgram::await(size_t slot, size_t segment) {
    device().wait(slots_[slot].tickets[segment]);
}

void RecordedProgram::await_all(size_t slot) {
    for (const uint64_t ticket : slots_[slot].tickets)
        if (ticket != 0) device().wait(ticket);
    // No step followed: the inputs are about to be written again.
    if (const auto uploaded = std::exchange(slots_[slot].uploaded, {})) device().wait(*uploaded);
}

void RecordedProgram::undo(size_t slot, uint64_t step) {
    for (size_t i = 0; i < slots_.size(); ++i)
        await_all(i);
    if (slots_[slot].begun == step) backup_.value().restore(slot);
}

std::span<const std::byte> RecordedProgram::contribution(size_t slot, size_t reduction) const {
    const engine::Slice given = slice(contributions_, slot, reduction);
    return {given.block->mapped() + given.offset, given.bytes};
}

std::span<std::byte> RecordedProgram::result(size_t slot, size_t reduction) const {
    const engine::Slice taken = slice(results_, slot, reduction);
    return {taken.block->mapped() + taken.offset, taken.bytes};
}

std::string RecordedProgram::work_of(const Segment& segment) const {
    const std::vector<Node>& nodes = graph_.nodes();
    const auto layer = [&](size_t command) {
        return nodes[static_cast<size_t>(program_.commands[command].node)].layer;
    };
    const std::string first = layer(segment.first), last = layer(segment.last - 1);
    return first == last ? first : fmt::format("{} to {}", first, last);
}

void RecordedProgram::settled(size_t slot) {
    Slot& s = slots_[slot];
    if (!trace_ || std::exchange(s.noted, true) || !trace_->wants(s.begun - 1)) return;
    for (size_t i = 0; i < s.segments.size(); ++i)
        for (const engine::DispatchTime& part : state_.device().times(s.segments[i]))
            trace_->add(StepTrace::DevicePart{.device = number_,
                                              .segment = i,
                                              .step = s.begun - 1,
                                              .name = part.label,
                                              .moves = part.label == takes || part.label == gives,
                                              .submitted = s.submitted[i],
                                              .clock_begin = part.clock * 1e-6,
                                              .clock_end = (part.clock + part.microseconds) * 1e-6});
}

std::vector<engine::DispatchTime> RecordedProgram::times(size_t slot) const {
    std::vector<engine::DispatchTime> times;
    for (const engine::CommandList& list : slots_[slot].segments)
        for (engine::DispatchTime& time : state_.device().times(list))
            times.push_back(std::move(time));
    return times;
}

}  // namespace vkm::graph
