#include <engine/error.h>
#include <graph/kernel_plan.h>
#include <graph/kernel_preferences.h>
#include <graph/kernels/matrix_tile.h>
#include <shaders/shader.h>

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace vkm::graph {
namespace {

using engine::DevicePlan;
using engine::DeviceSnapshot;

/// The storage buffers that an input gradient binds when it forms the gradient it loads.
constexpr uint32_t forming_bindings = 9;
/// The same of one that merges its partial results, too.
constexpr uint32_t merging_bindings = 16;

// Returns how many lanes share a row. Shuffles from constant lanes are cheap, and a cluster that is a whole
// subgroup has them. One of more than 16 lanes would need too many columns.
uint32_t gemm_cluster(uint32_t subgroup_size) {
    return subgroup_size == 16 ? 16 : subgroup_size % 8 == 0 ? 8 : 4;
}

KernelDefaults preferred_kernels(const ClassDefaults& defaults, const DriverPreference& driver) {
    KernelDefaults kernels = defaults.kernels;
    kernels.accumulators = driver.accumulators.value_or(kernels.accumulators);
    kernels.workgroup = driver.workgroup.value_or(kernels.workgroup);
    kernels.depthwise_tile = driver.depthwise_tile.value_or(kernels.depthwise_tile);
    kernels.depthwise_narrow_tile = driver.depthwise_narrow_tile.value_or(kernels.depthwise_narrow_tile);
    kernels.depthwise_strided_tile = driver.depthwise_strided_tile;
    kernels.part_bytes = driver.part_bytes;
    kernels.given_activations = driver.given_activations;
    kernels.load_cost = driver.load_cost;
    kernels.share_cost = driver.share_cost;
    return kernels;
}

// Makes a GPU's reductions as parallel as it has processors, in subgroups of as many lanes as are computed at a time.
void decide_parallelism(KernelPlan& plan) {
    constexpr uint32_t narrowest = 16, widest = 64, usual = 32;  // of hardware; drivers report 1 to 128
    KernelDefaults& kernels = plan.kernels;
    if (plan.device.device_class == engine::DeviceClass::software) return;
    const uint32_t lanes =
        plan.device.subgroup_size > 1 ? std::clamp(plan.device.subgroup_size, narrowest, widest) : usual;
    kernels.target_workgroups =
        std::max(1u, plan.device.processors * kernels.subgroups_a_processor * lanes / kernels.workgroup);
    constexpr uint32_t tiles_a_processor = 4;
    kernels.least_workgroups = plan.device.processors * tiles_a_processor;
}

void decide_matrix_shape(KernelPlan& plan) {
    const DevicePlan& device = plan.device;
    const auto fits = [&](const MatrixTile::Shape& shape) {
        return MatrixTile{}.shared_memory_bytes(shape, device.subgroup_size) <= device.shared_memory_bytes;
    };
    const auto best = std::ranges::find_if(device.cooperative_matrices, fits);
    if (best != device.cooperative_matrices.end()) {
        plan.cooperative_matrix = *best;
        return;
    }
    plan.no_cooperative_matrix = device.no_cooperative_matrix;
    if (device.cooperative_matrices.empty()) return;
    plan.no_cooperative_matrix = "no tile of its matrices fits the shared memory of a workgroup";
    if (device.device_class == engine::DeviceClass::wide_gpu)
        plan.fallbacks.push_back(
            fmt::format("matrix products run on the vector units: {}", plan.no_cooperative_matrix));
}

void decide_fusion(KernelPlan& plan, const Fusion& of_class) {
    plan.fusion = of_class;
    if (plan.device.storage_buffers >= forming_bindings) return;
    plan.fusion.gradient_depthwise = plan.fusion.gradient_pointwise = false;
    plan.fallbacks.push_back(
        fmt::format("batch norm's gradient is written and read: {} storage buffers a kernel, not {}",
                    plan.device.storage_buffers, forming_bindings));
}

void decide_merging(KernelPlan& plan, bool preferred) {
    plan.kernels.merge_by_arrival =
        preferred && plan.kernels.column_tree && plan.device.storage_buffers >= merging_bindings;
}

// Decides whether depthwise kernels stage what they read. A workgroup of wide subgroups has few, and the shared memory that
// it takes would leave a processor too few of them to hide what one waits for (64 KiB for four times four, on GCN).
void decide_staging(KernelPlan& plan, const std::optional<uint32_t>& forced) {
    constexpr uint32_t widest = 32;
    if (forced) {
        plan.kernels.depthwise_staged_bytes = *forced;
        plan.kernels.depthwise_staged_share = std::numeric_limits<float>::max();
    } else if (plan.device.subgroup_size > widest) {
        plan.kernels.depthwise_staged_bytes = 0;
    }
}

bool any_built_for_matrix_units() {
    return std::ranges::any_of(shaders::all(), [](const Shader* s) { return s->matrix_units; });
}

// Decides whether products of fp16 tensors run on matrix units.
void decide_matrix_units(KernelPlan& plan, const KernelOptions& options, bool preferred) {
    if (options.sharing) {
        plan.kernels.matrix_units = options.sharing == Sharing::cooperative_matrix;
        return;
    }
    if (!plan.cooperative_matrix || !preferred || !options.matrix_units) return;
    plan.kernels.matrix_units = any_built_for_matrix_units();
    plan.kernels.least_matrix_flops = 100e6;  // above those of one image, by the model of prediction.h
    if (!plan.kernels.matrix_units)
        plan.fallbacks.emplace_back(
            "matrix products run on the vector units: this build has no kernels for matrix units");
}

void decide_sharing(KernelPlan& plan, const std::optional<Sharing>& forced, Sharing preferred) {
    const DevicePlan& device = plan.device;
    KernelDefaults& kernels = plan.kernels;
    kernels.gemm_cluster = gemm_cluster(device.subgroup_size);
    const bool can_shuffle = device.subgroup_shuffle && device.subgroup_size % kernels.gemm_cluster == 0;
    if (forced == Sharing::shuffle && !can_shuffle) {
        throw UnsupportedDevice(
            "{}: subgroups of {} lanes that {} shuffle cannot share a matrix by shuffles, "
            "which takes clusters of 4, 8 or 16; share it through memory",
            device.device_name, device.subgroup_size, device.subgroup_shuffle ? "may" : "may not");
    }
    if (forced == Sharing::cooperative_matrix && !plan.cooperative_matrix) {
        throw UnsupportedDevice("{}: no matrix units to multiply on: {}; share the matrix through memory",
                                device.device_name, plan.no_cooperative_matrix);
    }
    if (forced && forced != Sharing::cooperative_matrix) {
        kernels.gemm_sharing = *forced;
    } else if (preferred == Sharing::shuffle && !can_shuffle) {
        plan.fallbacks.push_back(fmt::format(
            "matrix products do not shuffle: no usable shuffles among {} lanes", device.subgroup_size));
    } else {
        kernels.gemm_sharing = preferred;
    }
}

}  // namespace

KernelOptions on_matrix_units(KernelOptions options) {
    if (!any_built_for_matrix_units())
        throw Error(
            "this build has no kernels for matrix units: its glslang has no GL_KHR_cooperative_matrix, and the "
            "compiled ones are older than their sources; build with glslang 13 or newer");
    options.sharing = Sharing::cooperative_matrix;
    return options;
}

KernelOptions matrix_unit_options(std::optional<bool> wanted) {
    if (wanted == true) return on_matrix_units();
    return {.matrix_units = !wanted.has_value()};
}

KernelPlan plan_kernels(const DeviceSnapshot& snapshot, DevicePlan device, KernelOptions options) {
    const ClassDefaults& defaults = class_defaults(device.device_class);
    const DriverPreference driver = driver_preference(snapshot);
    KernelPlan plan;
    plan.device = std::move(device);
    plan.tuning = std::move(options.tuning);
    plan.fp16_storage_faster = plan.device.fp16_storage && defaults.fp16_storage_faster;
    plan.kernels = preferred_kernels(defaults, driver);
    decide_parallelism(plan);
    plan.kernels.target_workgroups = options.target_workgroups.value_or(plan.kernels.target_workgroups);
    plan.kernels.column_tree = options.column_tree.value_or(plan.kernels.column_tree);
    decide_merging(plan, options.merge_by_arrival.value_or(driver.merge_by_arrival));
    decide_staging(plan, options.depthwise_staged_bytes);
    decide_matrix_shape(plan);
    decide_fusion(plan, defaults.fusion);
    decide_matrix_units(plan, options, driver.matrix_units);
    decide_sharing(plan, options.sharing, driver.sharing.value_or(plan.kernels.gemm_sharing));
    return plan;
}

KernelPlan with_tuning(KernelPlan plan, engine::Tuning tuning) {
    plan.tuning = std::move(tuning);
    return plan;
}

}  // namespace vkm::graph
