#include <graph/lower/lowering.h>
#include <graph/run/device_thread.h>
#include <graph/run/executor.h>
#include <graph/run/host_reduction.h>
#include <graph/run/recorded_program.h>

#include <cstring>

namespace vkm::graph {
namespace {

class ReplicaDevice final : public SegmentDevice {
  public:
    explicit ReplicaDevice(graph::Replica& replica) : replica_(replica) {}
    void submit(size_t slot, size_t segment) override { replica_.submit(slot, segment); }
    void await(size_t slot, size_t segment) override { replica_.await(slot, segment); }

  private:
    graph::Replica& replica_;
};

void check_agreement(const std::vector<std::unique_ptr<graph::Replica>>& replicas) {
    const auto& first = replicas.front()->schedule().reductions;
    for (const auto& replica : replicas) {
        const auto& other = replica->schedule().reductions;
        bool agree = other.size() == first.size();
        for (size_t i = 0; agree && i < first.size(); ++i)
            agree =
                other[i].reduction == first[i].reduction && other[i].region.bytes == first[i].region.bytes;
        if (!agree) throw Error("the replicas of a graph disagree on what they reduce");
    }
}

}  // namespace

struct Executor::Impl {
    std::vector<std::unique_ptr<graph::Replica>> replicas;
    size_t slots = 0;
    size_t next = 0, latest = 0;

    // Only where replicas meet: a lone device is driven by the caller's thread.
    std::unique_ptr<Rendezvous> rendezvous;
    std::vector<std::unique_ptr<ReplicaDevice>> devices;
    std::vector<std::unique_ptr<StepRunner>> runners;

    void reduce(size_t reduction) const {
        std::vector<std::span<const std::byte>> contributions;
        std::vector<std::span<std::byte>> results;
        for (const auto& replica : replicas) {
            contributions.push_back(replica->contribution(reduction));
            results.push_back(replica->result(reduction));
        }
        reduce_on_host(replicas.front()->schedule().reductions[reduction].reduction, contributions, results);
    }
};

Executor::Executor(std::vector<Replica> replicas) : Executor(std::move(replicas), Options{}) {}

Executor::Executor(std::vector<Replica> replicas, const Options& options) : impl_(std::make_unique<Impl>()) {
    impl_->slots = options.slots;
    for (const Replica& replica : replicas)
        impl_->replicas.push_back(std::make_unique<graph::Replica>(
            *replica.state, *replica.graph,
            graph::Replica::Options{options.slots, options.profile, options.keep_activations,
                                    options.compile_progress, options.while_compiling, options.tuning}));
    check_agreement(impl_->replicas);
    const Schedule& schedule = impl_->replicas.front()->schedule();
    if (impl_->replicas.size() == 1 && schedule.reductions.empty()) return;
    impl_->rendezvous = std::make_unique<Rendezvous>(impl_->replicas.size(), schedule.reductions.size(),
                                                     [impl = impl_.get()](size_t i) { impl->reduce(i); });
    for (const auto& replica : impl_->replicas) {
        impl_->devices.push_back(std::make_unique<ReplicaDevice>(*replica));
        impl_->runners.push_back(
            std::make_unique<StepRunner>(*impl_->devices.back(), replica->schedule(), *impl_->rendezvous));
    }
}

Executor::~Executor() {
    if (!impl_) return;
    if (impl_->rendezvous)
        impl_->rendezvous->fail(std::make_exception_ptr(Error("the executor is being destroyed")));
    impl_->runners.clear();  // the command lists then wait for what the devices still run
}

Executor::Slot Executor::begin() {
    const Slot slot = impl_->next;
    impl_->next = (slot + 1) % impl_->slots;
    wait(slot);
    return slot;
}

std::span<std::byte> Executor::input(Slot slot, size_t replica, ValueId id) {
    return impl_->replicas.at(replica)->input(slot, id);
}

void Executor::set_step(Slot slot, size_t replica, const StepParams& params) {
    const Graph& graph = impl_->replicas.at(replica)->graph();
    const std::vector<ValueId> ids = graph.with_role(Role::step_params);
    if (ids.empty()) return;
    std::memcpy(input(slot, replica, ids.front()).data(), &params, sizeof params);
}

void Executor::submit(Slot slot) {
    impl_->latest = slot;
    for (const auto& runner : impl_->runners)
        runner->start(slot);
    if (!impl_->runners.empty()) return;
    graph::Replica& replica = *impl_->replicas.front();
    for (const Action& action : replica.schedule().actions)
        replica.submit(slot, action.index);
}

void Executor::wait(Slot slot) {
    for (const auto& runner : impl_->runners)
        runner->wait(slot);
    if (!impl_->runners.empty()) return;
    impl_->replicas.front()->await_all(slot);
}

std::span<const std::byte> Executor::metric(Slot slot, size_t replica, ValueId id) const {
    return impl_->replicas.at(replica)->metric(slot, id);
}

HostTensor Executor::read(size_t replica, ValueId id) {
    wait(impl_->latest);
    return impl_->replicas.at(replica)->read(impl_->latest, id);
}

const Program& Executor::program(size_t replica) const {
    return impl_->replicas.at(replica)->program();
}

const MemoryPlan& Executor::memory_plan(size_t replica) const {
    return impl_->replicas.at(replica)->memory_plan();
}

std::vector<engine::DispatchTime> Executor::times(Slot slot, size_t replica) const {
    return impl_->replicas.at(replica)->times(slot);
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
