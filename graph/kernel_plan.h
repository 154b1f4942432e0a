#pragma once

#include <engine/cache/tuning.h>
#include <engine/plan/device_plan.h>
#include <graph/fusion.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vkm::graph {

/// Says how the lanes of a subgroup share operand A of a GEMM.
enum class Sharing : uint8_t {
    shared_memory,      ///< tiles staged in shared memory: no subgroup operation, any subgroup size
    shuffle,            ///< subgroupShuffle with a constant lane, clusters of 4, 8 or 16 lanes
    direct,             ///< every lane loads what it needs
    cooperative_matrix  ///< products on matrix units, of fp16 tensors only
};

/// Counts the outputs that an invocation of a depthwise kernel accumulates.
struct DepthwiseTile {
    uint32_t x = 0, y = 0;

    bool operator==(const DepthwiseTile&) const = default;
    explicit operator bool() const { return x != 0; }
};

/// Holds what kernels prefer where nothing was measured. Tile sizes become specialization constants.
struct KernelDefaults {
    Sharing gemm_sharing = Sharing::shared_memory;
    bool matrix_units = false;  ///< products of fp16 tensors use KernelPlan::cooperative_matrix, if they can
    double least_matrix_flops = 0;  ///< smaller products do not: they wait for loads, whatever multiplies
    /// Lanes that share one row of A with Sharing::shuffle; divides the subgroup size.
    uint32_t gemm_cluster = 8;
    float load_cost = 0.75f;   ///< of loading a quad, in multiply-adds of one, with Sharing::shuffle
    float share_cost = 0.75f;  ///< of loading a lane's share of A, which lies rows apart from its neighbours'
    uint32_t accumulators = 16;  ///< quads of sums an invocation has registers for: a product's rows of C
    DepthwiseTile depthwise_tile = {4, 2};
    DepthwiseTile depthwise_narrow_tile = {};   ///< unless empty, for kernels up to 3x3
    DepthwiseTile depthwise_strided_tile = {};  ///< unless empty, for strided weight gradients
    /// Unless empty, for weight gradients of which an invocation accumulates a kernel's row.
    DepthwiseTile depthwise_rows_tile = {};
    /// Most bytes of shared memory in which a workgroup of a depthwise kernel stages what its outputs read; 0: each
    /// invocation loads it.
    uint32_t depthwise_staged_bytes = 0;
    /// It does where that takes at most so many of the instructions, for there are barriers and fewer workgroups at a time.
    float depthwise_staged_share = 0.8f;
    uint32_t workgroup = 64;  ///< invocations of an elementwise or column workgroup
    /// A reduction is split until about so many workgroups run. On a GPU it follows from the processors: each hides
    /// what one subgroup waits for behind `subgroups_a_processor` of them.
    uint32_t target_workgroups = 256;
    uint32_t least_workgroups = 256;  ///< with fewer the device is partly idle: tiles become smaller
    uint32_t subgroups_a_processor =
        40;                          ///< of a GPU: 32, and some that rounding takes; half as many of products
    uint64_t part_bytes = 0;         ///< unless 0, most of a tensor that a part of a row-wise kernel spans
    bool given_activations = false;  ///< large kernels are told their activation: one pipeline for all
    bool column_tree = true;         ///< a column workgroup adds up its partial results (columns.glsl)
    /// With column_tree, the last workgroup merges those of all, so that no dispatch of its own does (arrival.glsl). It reads
    /// what others have written before the dispatch has ended, which takes a driver that keeps to `coherent`.
    bool merge_by_arrival = false;

    bool operator==(const KernelDefaults&) const = default;
};

/// Holds what a user or a test may force of the kernels.
struct KernelOptions {
    std::optional<Sharing> sharing = {};
    bool matrix_units = true;                   ///< false: not where the plan would, unless `sharing` says so
    std::optional<bool> column_tree = {};       ///< a test runs a GPU's reductions on a software device
    std::optional<bool> merge_by_arrival = {};  ///< the same
    std::optional<uint32_t> target_workgroups = {};       ///< the same
    std::optional<uint32_t> depthwise_staged_bytes = {};  ///< the same, whatever it takes
    engine::Tuning tuning = {};                           ///< measured on this device
};

/// Returns the options with products on matrix units, asked for by a user. Throws vkm::Error where this build
/// has no kernels for them.
KernelOptions on_matrix_units(KernelOptions = {});
/// Returns the options of a user who wants products on matrix units, or off them, or says nothing.
KernelOptions matrix_unit_options(std::optional<bool> wanted);

/// Holds everything that lowering a graph to one device's kernels goes by: what the device can, and what the
/// kernels prefer on it.
struct KernelPlan {
    engine::DevicePlan device;
    KernelDefaults kernels;
    Fusion fusion;
    engine::Tuning tuning;            ///< overrides what `kernels` says
    bool fp16_storage_faster = true;  ///< than fp32: what `--precision auto` goes by
    /// The best of the device's shapes that have a tile which fits shared memory (kernels/matrix_tile.h).
    std::optional<engine::DeviceSnapshot::CooperativeMatrix> cooperative_matrix;
    std::string no_cooperative_matrix;   ///< why there is none
    std::vector<std::string> fallbacks;  ///< one line for each thing that is slower than it could be

    bool operator==(const KernelPlan&) const = default;
};

/// Returns what kernels prefer on a device of this snapshot that is used by this plan (kernel_preferences.h).
/// Pure. Throws UnsupportedDevice naming the option that asks for what the device does not have.
KernelPlan plan_kernels(const engine::DeviceSnapshot&, engine::DevicePlan, KernelOptions = {});

/// Returns the plan with other choices.
KernelPlan with_tuning(KernelPlan, engine::Tuning);

}  // namespace vkm::graph
