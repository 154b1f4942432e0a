#include <graph/lower/lowering.h>
#include <graph/run/device_thread.h>
#include <graph/run/executor.h>
#include <graph/run/host_reduction.h>
#include <graph/run/recorded_program.h>

#include <cstring>

namespace vkm::graph {
namespace {

void check_agreement(const std::vector<std::unique_ptr<RecordedProgram>>& programs) {
    const auto& first = programs.front()->schedule().reductions;
    for (const auto& program : programs) {
        const auto& other = program->schedule().reductions;
        bool agree = other.size() == first.size();
        for (size_t i = 0; agree && i < first.size(); ++i)
            agree =
                other[i].reduction == first[i].reduction && other[i].region.bytes == first[i].region.bytes;
        if (!agree) throw Error("the replicas of a graph disagree on what they reduce");
    }
}

}  // namespace

struct Executor::Impl {
    std::vector<std::unique_ptr<RecordedProgram>> programs;
    size_t slots = 0;
    size_t next = 0, latest = 0;

    // Only where replicas meet: a lone device is driven by the caller's thread.
    std::unique_ptr<Rendezvous> rendezvous;
    std::vector<std::unique_ptr<DeviceThread>> threads;

    void reduce(size_t reduction) const {
        std::vector<std::span<const std::byte>> contributions;
        std::vector<std::span<std::byte>> results;
        for (const auto& program : programs) {
            contributions.push_back(program->contribution(reduction));
            results.push_back(program->result(reduction));
        }
        reduce_on_host(programs.front()->schedule().reductions[reduction].reduction, contributions, results);
    }
};

Executor::Executor(std::vector<Replica> replicas) : Executor(std::move(replicas), Options{}) {}

Executor::Executor(std::vector<Replica> replicas, const Options& options) : impl_(std::make_unique<Impl>()) {
    impl_->slots = options.slots;
    for (const Replica& replica : replicas)
        impl_->programs.push_back(std::make_unique<RecordedProgram>(*replica.state, *replica.graph, options));
    check_agreement(impl_->programs);
    const Schedule& schedule = impl_->programs.front()->schedule();
    if (impl_->programs.size() == 1 && schedule.reductions.empty()) return;
    impl_->rendezvous = std::make_unique<Rendezvous>(impl_->programs.size(), schedule.reductions.size(),
                                                     [impl = impl_.get()](size_t i) { impl->reduce(i); });
    for (const auto& program : impl_->programs)
        impl_->threads.push_back(
            std::make_unique<DeviceThread>(*program, program->schedule(), *impl_->rendezvous));
}

Executor::~Executor() {
    if (!impl_) return;
    if (impl_->rendezvous)
        impl_->rendezvous->fail(std::make_exception_ptr(Error("the executor is being destroyed")));
    impl_->threads.clear();  // the command lists then wait for what the devices still run
}

Executor::Slot Executor::begin() {
    const Slot slot = impl_->next;
    impl_->next = (slot + 1) % impl_->slots;
    wait(slot);
    return slot;
}

std::span<std::byte> Executor::input(Slot slot, size_t replica, ValueId id) {
    return impl_->programs.at(replica)->input(slot, id);
}

void Executor::set_step(Slot slot, size_t replica, const StepParams& params) {
    const Graph& graph = impl_->programs.at(replica)->graph();
    const std::vector<ValueId> ids = graph.with_role(Role::step_params);
    if (ids.empty()) return;
    std::memcpy(input(slot, replica, ids.front()).data(), &params, sizeof params);
}

void Executor::submit(Slot slot) {
    impl_->latest = slot;
    for (const auto& thread : impl_->threads)
        thread->start(slot);
    if (!impl_->threads.empty()) return;
    RecordedProgram& program = *impl_->programs.front();
    for (const Action& action : program.schedule().actions)
        program.submit(slot, action.index);
}

void Executor::wait(Slot slot) {
    for (const auto& thread : impl_->threads)
        thread->wait(slot);
    if (!impl_->threads.empty()) return;
    impl_->programs.front()->await_all(slot);
}

std::span<const std::byte> Executor::metric(Slot slot, size_t replica, ValueId id) const {
    return impl_->programs.at(replica)->metric(slot, id);
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

MemoryNeed memory_need(const Graph& graph, const KernelPlan& plan, size_t slots) {
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
        }
    }
    return need;
}

}  // namespace vkm::graph
