#include <graph/lower/lowering.h>
#include <graph/run/combine.h>
#include <graph/run/device_thread.h>
#include <graph/run/executor.h>
#include <graph/run/recorded_program.h>
#include <graph/run/shared_wish.h>
#include <graph/run/step_trace.h>

#include <algorithm>
#include <cstring>

namespace vkm::graph {
namespace {

using Programs = std::vector<std::unique_ptr<RecordedProgram>>;

// Returns what of a slot's step is reduced, by number. Throws where devices do not mean the same by a number.
std::vector<ReducedRegion> regions_of(const Programs& programs, size_t slot) {
    std::vector<ReducedRegion> regions;
    std::vector<int64_t> bytes;
    for (const auto& program : programs) {
        const std::vector<HostReduction>& own = program->schedule().reductions;
        for (size_t i = 0; i < own.size(); ++i) {
            const HostReduction& reduction = own[i];
            if (reduction.number >= regions.size()) {
                regions.resize(reduction.number + 1);
                bytes.resize(reduction.number + 1, -1);
            }
            ReducedRegion& region = regions[reduction.number];
            int64_t& known = bytes[reduction.number];
            if (known >= 0 && (known != reduction.region.bytes || region.reduction != reduction.reduction))
                throw Error("devices disagree on {}, which they reduce", reduction.label);
            known = reduction.region.bytes;
            region.reduction = reduction.reduction;
            if (reduction.gives) region.contributions.push_back(program->contribution(slot, i));
            if (reduction.takes) region.results.push_back(program->result(slot, i));
        }
    }
    return regions;
}

// Throws where a reduction that devices take part in has not the parts of all of them, or of one.
void require_parts(const std::vector<ReducedRegion>& regions, size_t devices, const Job& job) {
    for (const ReducedRegion& region : regions) {
        const bool all = region.contributions.size() == devices && region.results.size() == devices;
        const bool one = region.contributions.size() == 1 && region.reduction == Reduction::copy;
        if (!all && !one) throw Error("the devices of a step disagree on what they reduce");
        if (one && job.has_others()) throw Error("what one device has goes to others of its process only");
    }
}

// Drops what is the same memory as an earlier one: the host writes each once.
void drop_repeated(std::vector<ReducedRegion>& regions) {
    for (ReducedRegion& region : regions) {
        std::vector<std::span<std::byte>> distinct;
        for (const std::span<std::byte> result : region.results)
            if (std::ranges::find(distinct, result.data(), &std::span<std::byte>::data) == distinct.end())
                distinct.push_back(result);
        region.results = std::move(distinct);
    }
}

// Returns what each reduction is called, by number: as the first device that gives calls it.
std::vector<std::string> labels_of(const Programs& programs) {
    std::vector<std::string> labels;
    for (const auto& program : programs)
        for (const HostReduction& reduction : program->schedule().reductions) {
            if (reduction.number >= labels.size()) labels.resize(reduction.number + 1);
            if (reduction.gives && labels[reduction.number].empty())
                labels[reduction.number] = reduction.label;
        }
    return labels;
}

// Notes when reductions are made.
Reducer::Combine traced(Reducer::Combine combine, std::shared_ptr<StepTrace> trace,
                        std::vector<std::string> labels) {
    std::vector<uint64_t> made(labels.size(), 0);
    return [combine = std::move(combine), trace = std::move(trace), labels = std::move(labels),
            steps = std::move(made)](size_t reduction) mutable {
        const uint64_t step = steps[reduction]++;
        if (!trace->wants(step)) return combine(reduction);
        const double begin = trace->now();
        combine(reduction);
        trace->add({{TraceTrack::Kind::exchange, 0}, labels[reduction], step, begin, trace->now()});
    };
}

// Combines the regions of the step that each reduction is at.
class CombineBySlot {
  public:
    CombineBySlot(std::vector<Reducer::Combine> slots, const std::vector<size_t>& slot_of_step)
        : slots_(std::move(slots)), slot_of_step_(slot_of_step) {}

    void operator()(size_t reduction) {
        if (reduction >= steps_.size()) steps_.resize(reduction + 1, 0);
        slots_[slot_of_step_[steps_[reduction]++ % slot_of_step_.size()]](reduction);
    }

  private:
    std::vector<Reducer::Combine> slots_;
    const std::vector<size_t>& slot_of_step_;
    std::vector<uint64_t> steps_;  ///< made, by reduction
};

std::shared_ptr<const SharedStaging> shared_staging(const std::vector<Executor::Replica>& replicas,
                                                    const std::vector<ScheduledProgram>& programs,
                                                    size_t slots) {
    std::vector<uint64_t> alignments;
    std::vector<const Schedule*> schedules;
    for (size_t i = 0; i < replicas.size(); ++i) {
        alignments.push_back(replicas[i].state->device().plan().import_alignment);
        schedules.push_back(&programs[i].schedule);
    }
    return SharedStaging::make(alignments, schedules, slots);
}

}  // namespace

struct Executor::Impl {
    std::vector<std::unique_ptr<RecordedProgram>> programs;
    size_t slots = 0;
    size_t next = 0, latest = 0;
    uint64_t steps = 0;                  ///< submitted
    std::vector<uint64_t> step_of_slot;  ///< its latest one's number, from 1
    std::vector<size_t> slot_of_step;    ///< of those in flight, by their number, from 0, modulo the slots

    std::shared_ptr<StepTrace> trace;
    double feeding = 0;  ///< when the caller began to fill a slot

    std::optional<SharedWish> wish;  ///< where there are other processes

    // Only where replicas meet: a lone device is driven by the caller's thread.
    std::unique_ptr<Reducer> reducer;
    std::vector<std::unique_ptr<DeviceThread>> threads;
};

Executor::Executor(std::vector<Replica> replicas) : Executor(std::move(replicas), Options{}) {}

Executor::Executor(std::vector<Replica> replicas, const Options& options) : impl_(std::make_unique<Impl>()) {
    impl_->slots = options.slots;
    impl_->step_of_slot.resize(options.slots);
    impl_->slot_of_step.resize(options.slots);
    std::vector<ScheduledProgram> scheduled;
    for (const Replica& replica : replicas)
        scheduled.emplace_back(*replica.state, *replica.graph, options);
    const std::shared_ptr<const SharedStaging> shared = shared_staging(replicas, scheduled, options.slots);
    for (const Replica& replica : replicas) {
        const size_t number = impl_->programs.size();
        impl_->programs.push_back(std::make_unique<RecordedProgram>(
            *replica.state, *replica.graph, std::move(scheduled[number]), options, number, shared.get()));
    }
    impl_->trace = options.trace;
    if (options.trace) {
        std::vector<Schedule> schedules;
        for (const auto& program : impl_->programs)
            schedules.push_back(program->schedule());
        options.trace->begin(std::move(schedules));
    }
    std::vector<Reducer::Combine> slots;
    std::vector<size_t> parts;
    bool one_way = false;  // otherwise all slots share their regions
    for (size_t slot = 0; slot < (one_way ? options.slots : 1); ++slot) {
        std::vector<ReducedRegion> regions = regions_of(impl_->programs, slot);
        require_parts(regions, impl_->programs.size(), options.job);
        parts.clear();
        for (const ReducedRegion& region : regions) {
            parts.push_back(region.contributions.size());
            one_way |= region.reduction == Reduction::copy;
        }
        drop_repeated(regions);
        slots.push_back(combine_over(*options.job.world, options.job.devices, std::move(regions)));
    }
    if (impl_->programs.size() == 1 && parts.empty()) return;
    Reducer::Combine combine = one_way ? CombineBySlot(std::move(slots), impl_->slot_of_step) : slots.front();
    if (options.wish && options.job.has_others()) {
        impl_->wish.emplace(*options.job.world, options.wish);
        combine = [&wish = *impl_->wish, combine = std::move(combine)](size_t reduction) {
            if (reduction == 0) wish.ask();
            combine(reduction);
        };
    }
    if (options.trace) combine = traced(std::move(combine), options.trace, labels_of(impl_->programs));
    impl_->reducer = std::make_unique<Reducer>(std::move(parts), std::move(combine));
    for (const auto& program : impl_->programs)
        impl_->threads.push_back(std::make_unique<DeviceThread>(
            *program, program->schedule(), *impl_->reducer, options.trace.get(), impl_->threads.size()));
}

Executor::~Executor() {
    if (!impl_) return;
    if (impl_->reducer)
        impl_->reducer->fail(std::make_exception_ptr(Error("the executor is being destroyed")));
    impl_->threads.clear();  // the command lists then wait for what the devices still run
    if (impl_->trace) try {
            for (const auto& program : impl_->programs)
                for (Slot slot = 0; slot < impl_->slots; ++slot) {
                    program->await_all(slot);
                    program->settled(slot);
                }
        } catch (const Error&) {  // a device that is lost has no times
        }
}

size_t Executor::slots() const {
    return impl_->slots;
}

Executor::Slot Executor::begin() {
    const Slot slot = impl_->next;
    impl_->next = (slot + 1) % impl_->slots;
    wait(slot);
    if (!impl_->trace) return slot;
    if (impl_->threads.empty()) impl_->programs.front()->settled(slot);
    impl_->feeding = impl_->trace->now();
    return slot;
}

std::span<std::byte> Executor::input(Slot slot, size_t replica, ValueId id) {
    return impl_->programs.at(replica)->input(slot, id);
}

void Executor::set_step(Slot slot, size_t replica, const StepParams& params) {
    const Graph& graph = impl_->programs.at(replica)->graph();
    for (const ValueId id : graph.with_role(Role::step_params))
        std::memcpy(input(slot, replica, id).data(), &params, sizeof params);
}

void Executor::upload(Slot slot) {
    // A device has one host thread, and that may now drive another executor's step.
    if (impl_->threads.empty()) impl_->programs.front()->upload(slot);
}

void Executor::submit(Slot slot) {
    if (impl_->trace && impl_->trace->wants(impl_->steps))
        impl_->trace->add(
            {{TraceTrack::Kind::caller, 0}, "feed", impl_->steps, impl_->feeding, impl_->trace->now()});
    impl_->latest = slot;
    impl_->slot_of_step[impl_->steps % impl_->slots] = slot;
    impl_->step_of_slot[slot] = ++impl_->steps;
    for (const auto& thread : impl_->threads)
        thread->start(slot);
    if (!impl_->threads.empty()) return;
    RecordedProgram& program = *impl_->programs.front();
    for (const Action& action : program.schedule().actions)
        program.submit(slot, action.index);
}

void Executor::wait(Slot slot) {
    if (impl_->threads.empty()) return impl_->programs.front()->await_all(slot);
    try {
        for (const auto& thread : impl_->threads)
            thread->wait(slot);
    } catch (...) {
        impl_->reducer->fail(std::current_exception());
        for (const auto& thread : impl_->threads)
            thread->rest();
        throw;
    }
}

std::span<const std::byte> Executor::metric(Slot slot, size_t replica, ValueId id) const {
    return impl_->programs.at(replica)->metric(slot, id);
}

bool Executor::wished(Slot slot) const {
    return impl_->wish && impl_->wish->heard(impl_->step_of_slot[slot]);
}

HostTensor Executor::read(size_t replica, ValueId id) {
    wait(impl_->latest);
    return impl_->programs.at(replica)->read(impl_->latest, id);
}

const Program& Executor::program(size_t replica) const {
    return impl_->programs.at(replica)->program();
}

const MemoryPlan& Executor::memory_plan(size_t replica) const {
    return impl_->programs.at(replica)->memory_plan();
}

std::vector<engine::DispatchTime> Executor::times(Slot slot, size_t replica) const {
    return impl_->programs.at(replica)->times(slot);
}

std::vector<size_t> Executor::undo(Slot slot) {
    std::vector<bool> failed;
    for (const auto& thread : impl_->threads)
        failed.push_back(thread->failed());
    if (failed.empty()) throw Error("a step on one device cannot be undone");
    impl_->reducer->fail(std::make_exception_ptr(Error("the step is undone")));
    impl_->threads.clear();
    std::vector<size_t> lost;
    for (size_t i = 0; i < failed.size(); ++i) {
        if (!failed[i]) try {
                impl_->programs[i]->undo(slot, impl_->step_of_slot[slot]);
                continue;
            } catch (const Error&) {  // this one, too
            }
        lost.push_back(i);
    }
    return lost;
}

DeviceWork Executor::work(size_t replica) const {
    return impl_->threads.empty() ? DeviceWork{} : impl_->threads.at(replica)->work();
}

MemoryNeed memory_need(const Graph& graph, const KernelPlan& plan, size_t slots, bool undoable) {
    const Program program = lower(graph, plan);
    MemoryNeed need;
    need.arena_bytes = plan_memory(program, static_cast<int64_t>(plan.device.block_bytes),
                                   static_cast<int64_t>(plan.device.binding_alignment))
                           .total_bytes();
    for (const ProgramBuffer& buffer : program.buffers) {
        switch (buffer.role) {
            case Role::activation:
                break;
            case Role::input:
            case Role::metric:
            case Role::step_params:
                need.slot_bytes += 2 * buffer.bytes * static_cast<int64_t>(slots);
                break;
            default:
                need.persistent_bytes += buffer.bytes;
                if (undoable && changed_by_a_step(buffer.role))
                    need.slot_bytes += buffer.bytes * static_cast<int64_t>(slots);
        }
    }
    return need;
}

}  // namespace vkm::graph
