#include <base/align.h>
#include <engine/vulkan/hazards.h>
#include <engine/vulkan/reflection.h>
#include <graph/lower/memory.h>
#include <graph/predict/prediction.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace vkm::graph {
namespace {

constexpr double achieved_bandwidth = 0.9, own_issue = 0.6;
constexpr double least_registers = 24, other_registers = 24, most_registers = 255;

/// Gives a program's regions the names and ranges that the engine's barriers go by.
class Addresses {
  public:
    Addresses(const Program& program, const KernelPlan& plan)
        : program_(program),
          memory_(plan_memory(program, static_cast<int64_t>(plan.device.block_bytes),
                              static_cast<int64_t>(plan.device.binding_alignment))) {}

    engine::ByteRange range(const Region& region, bool reads, bool writes) const {
        const auto buffer = static_cast<size_t>(region.buffer);
        const Place& place = memory_.places.at(buffer);
        const bool arena = place.block >= 0;
        // Blocks of the arena are numbered below all other buffers.
        const uint64_t name =
            arena ? static_cast<uint64_t>(place.block) : memory_.block_bytes.size() + buffer;
        const auto begin = static_cast<uint64_t>((arena ? place.offset : 0) + region.offset);
        return {name, begin, begin + static_cast<uint64_t>(region.bytes), reads, writes};
    }

  private:
    const Program& program_;
    MemoryPlan memory_;
};

/// Remembers what a subgroup does: networks repeat layers.
class Runs {
  public:
    explicit Runs(const Machine& machine, uint32_t subgroup_size)
        : machine_(machine), subgroup_size_(subgroup_size) {}

    struct Pair {
        engine::SubgroupRun first;
        double issue = 0;  // of first and last
    };

    const Pair& run(const DispatchCommand& dispatch, double bytes) {
        const bool cached = bytes < machine_.cache_bytes / 2;
        const auto& spec = dispatch.kernel;
        const auto key = std::tuple(spec.label(), dispatch.push, dispatch.groups, cached);
        const auto found = known_.find(key);
        if (found != known_.end()) return found->second;
        const double latency = cached ? machine_.cache_latency_us : machine_.memory_latency_us;
        engine::SubgroupQuestion question{.spirv = spec.shader->variant(spec.storage, spec.load),
                                          .constants = spec.constants,
                                          .name = spec.shader->name,
                                          .push = dispatch.push,
                                          .groups = dispatch.groups,
                                          .subgroup_size = subgroup_size_,
                                          .memory_latency = latency * machine_.clock_mhz};
        Pair pair{.first = engine::run_subgroup(question)};
        question.last = true;
        pair.issue = (pair.first.issue + engine::run_subgroup(question).issue) / 2;
        return known_.emplace(key, pair).first->second;
    }

  private:
    using Key = std::tuple<std::string, std::vector<std::byte>, std::array<uint32_t, 3>, bool>;
    const Machine& machine_;
    uint32_t subgroup_size_;
    std::map<Key, Pair> known_;
};

// Adds what the bindings hold, each byte once.
void count_bytes(DispatchPrediction& p, const DispatchCommand& dispatch,
                 const engine::ShaderInterface& interface) {
    const std::vector<Region>& bound = dispatch.bindings;
    for (size_t i = 0; i < bound.size(); ++i) {
        const bool again = std::find(bound.begin(), bound.begin() + static_cast<ptrdiff_t>(i), bound[i]) !=
                           bound.begin() + static_cast<ptrdiff_t>(i);
        if (again) continue;
        if (interface.bindings[i].reads) p.bytes_read += static_cast<double>(bound[i].bytes);
        if (interface.bindings[i].writes) p.bytes_written += static_cast<double>(bound[i].bytes);
    }
}

double resident_subgroups(const DispatchPrediction& p, const Machine& machine, double subgroups) {
    const double registers = p.registers != 0
                                 ? std::max<double>(p.registers, least_registers)
                                 : std::clamp(other_registers + p.run.array_words, 32.0, most_registers);
    const double workgroups = p.run.shared_bytes == 0
                                  ? machine.resident_subgroups
                                  : std::max(1.0, machine.shared_bytes / p.run.shared_bytes);
    return std::max(
        1.0, std::min({machine.resident_subgroups, machine.registers / registers, workgroups * subgroups}));
}

double subgroups_of_workgroup(const DispatchPrediction& p, const KernelPlan& plan) {
    return vkm::divide_up(p.workgroup, std::max(1u, plan.device.subgroup_size));
}

// Latencies of the last cache that a merge takes: a fence, a count, two turns of loads and a store, twice where there are
// groups.
constexpr double merge_latencies = 10;

void time(DispatchPrediction& p, const Machine& machine, const KernelPlan& plan, bool overlapped) {
    const double of_workgroup = subgroups_of_workgroup(p, plan),
                 subgroups = p.subgroups_a_processor * machine.processors;
    p.issue_us = subgroups * p.issue / (machine.processors * machine.issue * machine.clock_mhz);
    const double alone = (p.run.cycles(overlapped) + p.run.issue * (1 / own_issue - 1)) / machine.clock_mhz;
    const double resident = resident_subgroups(p, machine, of_workgroup);
    p.latency_us = std::max(1.0, p.subgroups_a_processor / resident) * alone;
    if (machine.memory_latency_us == 0) p.latency_us = 0;  // a CPU runs a workgroup at a time
    if (machine.matrix_multiply_adds != 0)
        p.matrix_us = subgroups * p.run.matrix_multiply_adds /
                      (machine.processors * machine.matrix_multiply_adds * machine.clock_mhz);
}

void decide_bound(DispatchPrediction& p) {
    const std::pair<double, Bound> times[] = {{p.memory_us, Bound::memory},
                                              {p.issue_us, Bound::issue},
                                              {p.latency_us, Bound::latency},
                                              {p.matrix_us, Bound::matrix_units},
                                              {p.overhead_us, Bound::launch}};
    p.bound = std::ranges::max_element(times, {}, &std::pair<double, Bound>::first)->second;
}

}  // namespace

std::string_view name(Bound bound) {
    constexpr std::string_view names[] = {"memory", "issue", "latency", "matrix units", "launch"};
    return names[static_cast<size_t>(bound)];
}

double DispatchPrediction::kernel_us() const {
    return std::max({memory_us, issue_us, latency_us, matrix_us});
}

PredictionTotal& PredictionTotal::operator+=(const DispatchPrediction& p) {
    ++dispatches;
    barriers += p.barrier;
    kernel_us += p.kernel_us();
    overhead_us += p.overhead_us;
    memory_us += p.memory_us;
    issue_us += p.issue_us;
    latency_us += p.latency_us;
    matrix_us += p.matrix_us;
    bytes += p.bytes();
    flops += p.flops;
    return *this;
}

std::vector<DispatchPrediction> predict(const Program& program, const KernelPlan& plan,
                                        const Machine& machine, const PredictionOptions& options) {
    const Addresses addresses(program, plan);
    Runs runs(machine, std::max(1u, plan.device.subgroup_size));
    engine::HazardTracker hazards;
    std::vector<DispatchPrediction> predictions;
    for (const Command& command : program.commands) {
        DispatchPrediction p{.label = command.label, .kernel = "copy", .node = command.node};
        std::vector<engine::ByteRange> ranges;
        if (const auto* dispatch = std::get_if<DispatchCommand>(&command.what)) {
            const auto& spec = dispatch->kernel;
            const engine::ShaderInterface interface = engine::reflect(
                spec.shader->variant(spec.storage, spec.load), spec.constants, spec.shader->name);
            for (size_t i = 0; i < dispatch->bindings.size(); ++i)
                ranges.push_back(addresses.range(dispatch->bindings[i], interface.bindings[i].reads,
                                                 interface.bindings[i].writes));
            count_bytes(p, *dispatch, interface);
            p.kernel = spec.shader->name;
            p.groups = dispatch->groups;
            p.workgroup = interface.local_size[0] * interface.local_size[1] * interface.local_size[2];
            p.flops = dispatch->flops;
            if (options.compiled != nullptr) {
                const auto compiled = options.compiled->find(spec.label());
                if (compiled != options.compiled->end()) {
                    p.instructions = compiled->second.instructions;
                    p.registers = compiled->second.registers;
                }
            }
            p.subgroups_a_processor = static_cast<double>(p.groups[0]) * p.groups[1] * p.groups[2] *
                                      subgroups_of_workgroup(p, plan) / machine.processors;
            if (options.timed) {
                const Runs::Pair& run = runs.run(*dispatch, p.bytes());
                p.run = run.first;
                p.issue = run.issue;
                time(p, machine, plan, options.overlapped);
            }
        } else if (const auto* copy = std::get_if<CopyCommand>(&command.what)) {
            ranges = {addresses.range(copy->from, true, false), addresses.range(copy->to, false, true)};
            p.bytes_read = static_cast<double>(copy->from.bytes);
            p.bytes_written = static_cast<double>(copy->to.bytes);
        } else if (const auto* fill = std::get_if<FillCommand>(&command.what)) {
            ranges = {addresses.range(fill->region, false, true)};
            p.kernel = "fill";
            p.bytes_written = static_cast<double>(fill->region.bytes);
        } else {
            continue;  // the host's
        }
        p.memory_us = p.bytes() / (achieved_bandwidth * machine.memory_gbps * 1e3);
        p.barrier = hazards.needs_barrier(ranges);
        p.overhead_us = p.barrier ? machine.barrier_us : machine.launch_us;
        if (p.run.atomics > 0) p.overhead_us += merge_latencies * machine.cache_latency_us;
        decide_bound(p);
        predictions.push_back(std::move(p));
    }
    return predictions;
}

}  // namespace vkm::graph
