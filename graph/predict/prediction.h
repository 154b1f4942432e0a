#pragma once

#include <engine/estimate/subgroup_run.h>
#include <graph/kernel_plan.h>
#include <graph/lower/program.h>
#include <graph/predict/machine.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::graph {

/// Says what a dispatch waits for longest.
enum class Bound : uint8_t { memory, issue, latency, matrix_units, launch };
std::string_view name(Bound);

/// Holds what a dispatch would do on a machine.
struct DispatchPrediction {
    std::string label, kernel;  ///< "features.1.block.0.0/pointwise", "pointwise_shared"
    NodeId node = -1;
    std::array<uint32_t, 3> groups{1, 1, 1};
    uint32_t workgroup = 1;            ///< invocations
    double subgroups_a_processor = 0;  ///< of the whole dispatch
    bool barrier = false;              ///< before it
    double bytes_read = 0, bytes_written = 0, flops = 0;
    engine::SubgroupRun run = {};  ///< of a workgroup's first subgroup
    double issue = 0;  ///< cycles that a subgroup issues in: the mean of a workgroup's first and last
    uint32_t instructions = 0,
             registers = 0;  ///< of the compiled kernel, where a compiler told (0: none did)
    double memory_us = 0, issue_us = 0, latency_us = 0, matrix_us = 0;
    double overhead_us =
        0;  ///< launch, or barrier; and what the last workgroup merges when all others have ended
    Bound bound = Bound::memory;

    double bytes() const { return bytes_read + bytes_written; }
    double kernel_us() const;
    double total_us() const { return kernel_us() + overhead_us; }
};

/// What a compiler for a GPU that is not here told of a kernel.
struct CompiledKernel {
    uint32_t instructions = 0, registers = 0;
};
/// By KernelSpec's label (engine::KernelSpec::label).
using CompiledKernels = std::map<std::string, CompiledKernel>;

struct PredictionOptions {
    /// Loads wait for loop ends and barriers only, and not for every branch (engine::SubgroupRun).
    bool overlapped = false;
    const CompiledKernels* compiled = nullptr;
    /// Off: follows no kernel, and leaves out what only that tells: waits, instructions and times.
    bool timed = true;
};

/// Predicts each dispatch of a program in order. The model, which ranks and does not promise:
///     kernel  = max(memory, issue, latency, matrix units)
///     memory  = bytes bound / (0.9 x specified bandwidth)
///     issue   = subgroups x instructions of one / (processors x instructions a cycle x clock)
///     latency = max(1, subgroups a processor / resident ones) x a subgroup's own time, in which it issues at most
///               0.6 instructions a cycle and waits for its loads; those of a dispatch whose tensors fit the last
///               cache are answered by it
///     matrix  = matrix multiply-adds / matrix units' rate
/// and between two dispatches a launch, or a barrier. A kernel whose last workgroup merges what all have written
/// (shaders/include/arrival.glsl) ends that much later: ten times the latency of the last cache. Resident subgroups are bounded by registers (what a compiler
/// told, else what the kernel's arrays take and some) and by shared memory. Barriers are those of the engine's own
/// rule (engine/vulkan/hazards.h) over planned addresses. Copies and fills cost their bytes.
/// A program needs memory to be planned for that; throws what plan_memory throws.
std::vector<DispatchPrediction> predict(const Program&, const KernelPlan&, const Machine&,
                                        const PredictionOptions& = {});

/// Adds up predictions.
struct PredictionTotal {
    size_t dispatches = 0, barriers = 0;
    double kernel_us = 0, overhead_us = 0, memory_us = 0, issue_us = 0, latency_us = 0, matrix_us = 0;
    double bytes = 0, flops = 0;

    double us() const { return kernel_us + overhead_us; }
    PredictionTotal& operator+=(const DispatchPrediction&);
};

}  // namespace vkm::graph
