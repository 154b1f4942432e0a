#include <engine/error.h>
#include <engine/plan/baseline.h>
#include <engine/plan/device_plan.h>
#include <engine/plan/matrix_tile.h>
#include <engine/plan/vulkan_ids.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <string_view>
#include <tuple>
#include <utility>

namespace vkm::engine {
namespace {

using Limits = DeviceSnapshot::Limits;
constexpr uint64_t mebibyte = uint64_t{1} << 20, gibibyte = uint64_t{1} << 30;

// What differs between classes of devices, vendors and drivers -------------------------------------------

constexpr uint32_t mobile_vendors[] = {vendor::qualcomm, vendor::arm,      vendor::imagination,
                                       vendor::samsung,  vendor::broadcom, vendor::verisilicon};

// A virtual GPU may be anything, and one of no type too; the integrated ones' bounds are safe for both.
constexpr std::pair<DeviceType, DeviceClass> class_of_type[] = {
    {DeviceType::discrete, DeviceClass::wide_gpu},
    {DeviceType::integrated, DeviceClass::integrated},
    {DeviceType::virtual_gpu, DeviceClass::integrated},
    {DeviceType::other, DeviceClass::integrated}};

struct ClassDefaults {
    DeviceClass device_class;
    KernelDefaults kernels;
    uint64_t work_per_submit;
    Fusion fusion = {};
    bool fp16_storage_faster = true;
};

// Work: a submit should last well under the 2 s after which the strictest watchdog (amdgpu since Linux 7)
// cancels it, on the slowest device of its class at the tenth of its peak that depthwise and elementwise
// layers reach: 200 GFLOP on 4 TFLOP/s, 20 on 0.4, 5 on 0.1. Software devices have no watchdog; 50 GFLOP are
// a second of matrix products on two cores.
// Rows: those an invocation accumulates, times 4 columns, are registers, of which Mali has 64 in all; tiles
// of dense convolutions and of matrix units follow from them. Depthwise tiles: two rows of outputs keep all
// weights of a kernel in registers, one row those of a kernel's row: 25 of 5x5 are too many where there are
// 64 or 128 (Turnip, ANV and Honeykrisp spill). 2x2 keeps a 5x5 kernel's 25 weights and its sums within 128
// registers on gfx1100 and at 8 waves a SIMD on navi21 (RADV); 4x2 spills there. Workgroups: few threads run
// a software device, so that a reduction need not be split far. Sharing: on a CPU, shared memory costs a copy
// and its barriers, and saves nothing. Fusion: a CPU computes as slowly as it reads, and its kernels load
// each value several times (bench/NOTES.md); a GPU's spare arithmetic is reasoned, not measured. fp16 storage
// likewise: a GPU waits for memory, of which it takes half, and packs in an instruction; llvmpipe loses a
// quarter of its speed.
constexpr uint64_t gigaflop = 1'000'000'000;
constexpr ClassDefaults class_defaults[] = {
    {DeviceClass::wide_gpu,
     {.accumulators = 16,
      .depthwise_tile = {2, 2},
      .workgroup = 128,
      .target_workgroups = 256,
      .least_workgroups = 256},
     200 * gigaflop},
    {DeviceClass::integrated,
     {.accumulators = 16, .workgroup = 64, .target_workgroups = 128, .least_workgroups = 64},
     20 * gigaflop},
    {DeviceClass::mobile,
     {.accumulators = 8,
      .depthwise_tile = {2, 1},
      .depthwise_narrow_tile = {2, 2},
      .workgroup = 64,
      .target_workgroups = 64,
      .least_workgroups = 32},
     5 * gigaflop},
    {DeviceClass::software,
     {.gemm_sharing = Sharing::direct,
      .accumulators = 16,
      .workgroup = 64,
      .target_workgroups = 16,
      .least_workgroups = 2,
      .column_tree = false},
     50 * gigaflop,
     {.normalise_depthwise = false,
      .normalise_pointwise = false,
      .statistics = false,
      .batch_norm_sums = false,
      .gradient_depthwise = false,
      .gradient_pointwise = false,
      .squeeze_excite = false},
     false},
};

struct DriverPreference {
    uint32_t vendor_id = 0, driver_id = 0;  ///< 0: any
    std::string_view name_contains = "";
    LoadPath load_path = LoadPath::buffer;
    std::optional<Sharing> sharing = {};  ///< else the class's, as all that is optional
    std::optional<uint32_t> accumulators = {}, workgroup = {};
    std::optional<DepthwiseTile> depthwise_tile = {}, depthwise_narrow_tile = {};
    DepthwiseTile depthwise_strided_tile = {};  ///< as in KernelDefaults
    uint64_t part_bytes = 0;
    bool given_activations = false;
    float load_cost = KernelDefaults{}.load_cost, share_cost = KernelDefaults{}.share_cost;
};

// 128 registers a lane: with 16 rows products spill, as the 25 weights of a 5x5 kernel do with two rows of
// outputs (ANV with 16 lanes on Xe2 and 8 before, Honeykrisp; bench/NOTES.md).
constexpr DriverPreference few_registers(uint32_t vendor_id, uint32_t driver_id) {
    return {.vendor_id = vendor_id,
            .driver_id = driver_id,
            .accumulators = 8,
            .depthwise_tile = DepthwiseTile{4, 1},
            .depthwise_narrow_tile = DepthwiseTile{2, 2}};
}

// The first row that matches counts; devices without one load from storage buffers.
constexpr DriverPreference driver_preferences[] = {
    // A storage-buffer load is a loop over lanes here, a texel load is not (2x); shuffles from constant lanes
    // replace broadcasting loads (1.35x). Stores of a part that spans many pages wait for memory; 3x3 kernels
    // gain more from strides that are prefetched than they lose by loading more (bench/NOTES.md; SwiftShader
    // loses by both). A load whose lanes lie apart is one load a lane. 16 lanes keep more in registers, and
    // start a workgroup half as often. A depthwise kernel takes half a second to compile, on one thread.
    {.driver_id = driver::mesa_llvmpipe,
     .name_contains = "512 bits",
     .load_path = LoadPath::texel,
     .sharing = Sharing::shuffle,
     .workgroup = 128,
     .depthwise_narrow_tile = DepthwiseTile{2, 4},
     .depthwise_strided_tile = {2, 4},
     .part_bytes = 128 << 10,
     .given_activations = true,
     .share_cost = 2},
    {.driver_id = driver::mesa_llvmpipe,
     .load_path = LoadPath::texel,
     .sharing = Sharing::shuffle,
     .depthwise_narrow_tile = DepthwiseTile{2, 2},
     .depthwise_strided_tile = {1, 2},
     .part_bytes = 128 << 10,
     .given_activations = true,
     .share_cost = 2},
    // Loads are calls here: matrix products that shuffle instead are 6 to 8 times as fast.
    {.driver_id = driver::google_swiftshader,
     .load_path = LoadPath::buffer,
     .sharing = Sharing::shuffle,
     .accumulators = 32,
     .load_cost = 5,
     .share_cost = 5},
    few_registers(vendor::intel, 0),
    few_registers(vendor::apple, 0),
    few_registers(0, driver::mesa_honeykrisp),
    // Adreno's storage buffers bypass the L1 cache up to the 6xx; 640 and 650 are the exceptions
    // (Tencent/ncnn src/gpu.cpp).
    {vendor::qualcomm, 0, "Adreno (TM) 640", LoadPath::buffer},
    {vendor::qualcomm, 0, "Adreno (TM) 650", LoadPath::buffer},
    {vendor::qualcomm, 0, "Adreno (TM) 6", LoadPath::texel},
    {vendor::qualcomm, 0, "Adreno (TM) 5", LoadPath::texel},
};

struct SubgroupSize {
    uint32_t vendor_id, size;
};

// Where a driver would choose among sizes, one is pinned. Intel compiles for 8 to 32 lanes; 16 leave twice
// the registers of 32. RDNA is 32 lanes wide, 64 are two passes. Adreno's 64 leave twice those of 128.
constexpr SubgroupSize pinned_subgroup_sizes[] = {
    {vendor::intel, 16}, {vendor::amd, 32}, {vendor::samsung, 32}, {vendor::qualcomm, 64}};

/// An input gradient that forms the gradient it loads binds so many storage buffers.
constexpr uint32_t forming_bindings = 9;
/// Kernels bind so many inputs as texel buffers, which count as storage images.
constexpr uint32_t texel_inputs = 4;
/// The smaller texel is four fp16 values; a window must be addressable in either precision.
constexpr uint64_t smallest_texel_bytes = 8;
/// Where texel buffers cannot span as much as the baseline's storage buffers, cutting tensors costs more than
/// they gain.
constexpr uint64_t smallest_default_window = 128 * mebibyte;
/// Discrete devices without resizable BAR show the host a window of 256 MiB, which the driver itself needs.
constexpr uint64_t bar_without_resizing = 256 * mebibyte;

// Decisions ----------------------------------------------------------------------------------------------

/// What decisions read, and the plan that they fill.
struct Planning {
    const DeviceSnapshot& device;
    const PlanOptions& options;
    DevicePlan plan{};

    /// Whether something that is available may be used; where a quirk forbids it, a line says so.
    bool allow(Disable what, bool available) {
        if (!available) return false;
        const auto quirk = std::ranges::find(plan.quirks, what, &Quirk::disable);
        if (quirk == plan.quirks.end()) return true;
        fall_back("{} are off: {} ({})", name(what), quirk->why, quirk->source);
        return false;
    }
    /// A feature is usable where its extension is listed or the device's version has it in core.
    bool offers(const char* extension, uint32_t core_since) const {
        return device.has(extension) || device.api_version >= core_since;
    }
    /// Also if it has become core: then it does not matter which version the instance asks for.
    void enable(const char* extension) {
        if (device.has(extension)) plan.extensions.emplace_back(extension);
    }
    template <typename... Args>
    void fall_back(fmt::format_string<Args...> format, Args&&... args) {
        plan.fallbacks.push_back(fmt::format(format, std::forward<Args>(args)...));
    }
};

DeviceClass classify(const DeviceSnapshot& device) {
    if (device.type == DeviceType::cpu) return DeviceClass::software;
    if (std::ranges::find(mobile_vendors, device.vendor_id) != std::end(mobile_vendors))
        return DeviceClass::mobile;
    return std::ranges::find(class_of_type, device.type, &std::pair<DeviceType, DeviceClass>::first)->second;
}

DriverPreference preference(const DeviceSnapshot& device) {
    for (const DriverPreference& row : driver_preferences) {
        if ((row.vendor_id == 0 || row.vendor_id == device.vendor_id) &&
            (row.driver_id == 0 || row.driver_id == device.driver_id) &&
            device.name.find(row.name_contains) != std::string::npos) {
            return row;
        }
    }
    return {};
}

void apply_quirks(Planning& planning, std::span<const Quirk> quirks) {
    for (const Quirk& quirk : quirks) {
        if (applies(quirk, planning.device)) planning.plan.quirks.push_back(quirk);
    }
}

void decide_queue(Planning& planning) {
    // A family that only computes leaves the desktop's queue alone, but timestamps are worth more.
    const auto& families = planning.device.queue_families;
    const auto rank = [](const DeviceSnapshot::QueueFamily& family) {
        return std::tuple(family.compute && family.count > 0, family.timestamp_bits > 0, !family.graphics);
    };
    const auto best = std::ranges::max_element(families, {}, rank);
    planning.plan.queue_family = static_cast<uint32_t>(best - families.begin());

    const float period = planning.device.limits.timestamp_period_ns;
    planning.plan.timestamps = best->timestamp_bits > 0 && period > 0 && std::isfinite(period);
    if (!planning.plan.timestamps) planning.fall_back("no device timestamps: operators cannot be timed");
}

void decide_subgroup(Planning& planning) {
    const DeviceSnapshot::Subgroup& subgroup = planning.device.subgroup;
    DevicePlan& plan = planning.plan;
    if ((subgroup.stages & stage_compute) == 0 || subgroup.size == 0) {
        planning.fall_back("no subgroup operations in compute shaders");
        return;
    }
    plan.subgroup_size = subgroup.size;
    // Also the only size there is: then its subgroups are full where the driver can promise that.
    if (subgroup.size_control) {
        const auto row =
            std::ranges::find(pinned_subgroup_sizes, planning.device.vendor_id, &SubgroupSize::vendor_id);
        if (row != std::end(pinned_subgroup_sizes) && row->size >= subgroup.min_size &&
            row->size <= subgroup.max_size) {
            plan.subgroup_size = row->size;
        }
        plan.required_subgroup_size = plan.subgroup_size;
    }
    const auto has = [&](uint32_t bit) { return (subgroup.operations & bit) != 0; };
    plan.subgroup_shuffle = planning.allow(Disable::subgroup_shuffle, has(subgroup_shuffle_bit));
    plan.subgroup_arithmetic = planning.allow(Disable::subgroup_arithmetic, has(subgroup_arithmetic_bit));
}

void decide_arithmetic(Planning& planning) {
    const DeviceSnapshot& device = planning.device;
    DevicePlan& plan = planning.plan;
    plan.fp16_storage = planning.allow(Disable::fp16_storage, true);
    const bool right_in_half = planning.allow(Disable::fp16_arithmetic, device.features.shader_float16);
    // A CPU computes fp16 by converting to fp32 and back after every operation: half the speed on llvmpipe.
    plan.fp16_arithmetic = right_in_half && plan.device_class != DeviceClass::software;

    const auto usable = [](const DeviceSnapshot::CooperativeMatrix& shape) {
        return shape.subgroup_scope && shape.a == "float16" && shape.b == "float16" && shape.c == "float32" &&
               shape.result == "float32";
    };
    const auto fits = [&](const DeviceSnapshot::CooperativeMatrix& shape) {
        return MatrixTile{}.shared_memory_bytes(shape, plan.subgroup_size) <=
               device.limits.max_shared_memory_bytes;
    };
    // 16x16x16 wherever there is one, else what does most work an instruction; the first reported of equals.
    const auto rank = [&](const DeviceSnapshot::CooperativeMatrix& shape) {
        return std::tuple(usable(shape), fits(shape), shape.m == 16 && shape.n == 16 && shape.k == 16,
                          uint64_t{shape.m} * shape.n * shape.k);
    };
    const auto best = std::ranges::max_element(device.cooperative_matrices, {}, rank);
    const bool listed = best != device.cooperative_matrices.end() && usable(*best);
    const std::pair<bool, std::string_view> needs[] = {
        {device.has("VK_KHR_cooperative_matrix"), "the driver has no VK_KHR_cooperative_matrix"},
        {listed, "the driver lists no shape of fp16 products with fp32 sums for a subgroup"},
        {listed && fits(*best), "no tile of its matrices fits the shared memory of a workgroup"},
        {right_in_half, "the driver has no fp16 arithmetic that may be used"},
        {device.features.storage_buffer_16bit, "the driver has no storageBuffer16BitAccess"},
        {device.features.vulkan_memory_model, "the driver has no vulkanMemoryModel"},
        {plan.subgroup_size > 1, "the driver has no subgroups in compute shaders"}};
    const auto unmet = std::ranges::find(needs, false, &std::pair<bool, std::string_view>::first);
    const bool available = unmet == std::end(needs);
    if (planning.allow(Disable::cooperative_matrix, available)) {
        plan.cooperative_matrix = *best;
        return;
    }
    plan.no_cooperative_matrix = available ? plan.fallbacks.back() : unmet->second;
    if (!available && plan.device_class == DeviceClass::wide_gpu)
        planning.fall_back("matrix products run on the vector units: {}", plan.no_cooperative_matrix);
}

uint64_t largest_device_heap(const DeviceSnapshot& device) {
    uint64_t largest = 0;
    for (const DeviceSnapshot::MemoryType& type : device.memory_types) {
        if (type.device_local && type.heap < device.memory_heaps.size()) {
            largest = std::max(largest, device.memory_heaps[type.heap]);
        }
    }
    return largest;
}

void decide_memory(Planning& planning) {
    const DeviceSnapshot& device = planning.device;
    const Limits& limits = device.limits;
    const PlanOptions& options = planning.options;
    DevicePlan& plan = planning.plan;
    // Shaders index quads, so that 16 bytes are the least in any case.
    plan.binding_alignment = std::bit_ceil(std::max({uint64_t{16}, limits.min_storage_buffer_offset_alignment,
                                                     limits.min_texel_buffer_offset_alignment}));
    const auto aligned = [&](uint64_t bytes, const char* what) {
        const uint64_t down = bytes & ~(plan.binding_alignment - 1);
        if (down == 0) {
            throw UnsupportedDevice(
                "{}: {} is {}, but at least {} (the alignment of bindings) is required; ask for more",
                device.name, what, bytes, plan.binding_alignment);
        }
        return down;
    };

    uint64_t block = 2 * gibibyte;
    block = std::min(block, limits.max_allocation_bytes != 0 ? limits.max_allocation_bytes : gibibyte);
    if (limits.max_buffer_bytes != 0) block = std::min(block, limits.max_buffer_bytes);
    // What of it is free changes while a program runs; that is for allocations to find out.
    if (const uint64_t heap = largest_device_heap(device); heap != 0) block = std::min(block, heap);
    plan.block_bytes = aligned(std::min(block, options.block_bytes.value_or(block)), "block_bytes");

    // A binding lies in one block, so that it too ends at 2 GiB, which the shaders' 32-bit indices reach.
    const uint64_t range = std::min(limits.max_storage_buffer_range, plan.block_bytes);
    const uint64_t wanted = std::min(range, options.window_bytes.value_or(smallest_default_window));
    const uint64_t texel_range =
        std::min(limits.max_texel_buffer_elements, range / smallest_texel_bytes) * smallest_texel_bytes;
    const bool bindable = limits.max_storage_images_per_stage >= texel_inputs;
    plan.load_path = options.load_path.value_or(preference(device).load_path);
    if (plan.load_path == LoadPath::texel) {
        if (options.load_path && !bindable) {
            throw UnsupportedDevice(
                "{}: maxPerStageDescriptorStorageImages is {}, but at least {} is required to load through "
                "texel buffers; load through storage buffers",
                device.name, limits.max_storage_images_per_stage, texel_inputs);
        }
        if (!options.load_path && (!bindable || texel_range < wanted)) {
            plan.load_path = LoadPath::buffer;
            planning.fall_back(
                "loads go through storage buffers: {} texel buffers of {} elements are too few",
                limits.max_storage_images_per_stage, limits.max_texel_buffer_elements);
        } else if (!options.load_path && !planning.allow(Disable::texel_loads, true)) {
            plan.load_path = LoadPath::buffer;
        }
    }
    const uint64_t cap = plan.load_path == LoadPath::texel ? std::min(range, texel_range) : range;
    plan.window_bytes = aligned(std::min(cap, options.window_bytes.value_or(cap)), "window_bytes");

    const auto written_in_place = [&](const DeviceSnapshot::MemoryType& type) {
        return type.device_local && type.host_visible &&
               (device.type == DeviceType::integrated || device.type == DeviceType::cpu ||
                (type.heap < device.memory_heaps.size() &&
                 device.memory_heaps[type.heap] > bar_without_resizing));
    };
    const bool visible = std::ranges::any_of(device.memory_types, written_in_place);
    plan.direct_upload = planning.allow(Disable::direct_upload, visible);
    if (!visible) planning.fall_back("uploads are staged: the host does not see the device's memory");
}

// Lanes of a cluster that is a whole subgroup are constants, from which shuffles are cheap; one of more than
// 16 would need too many columns.
uint32_t gemm_cluster(uint32_t subgroup_size) {
    return subgroup_size == 16 ? 16 : subgroup_size % 8 == 0 ? 8 : 4;
}

void decide_kernels(Planning& planning, const ClassDefaults& defaults) {
    const PlanOptions& options = planning.options;
    DevicePlan& plan = planning.plan;
    plan.kernels = defaults.kernels;
    plan.fusion = defaults.fusion;
    if (plan.storage_buffers < forming_bindings) {
        plan.fusion.gradient_depthwise = plan.fusion.gradient_pointwise = false;
        planning.fall_back("batch norm's gradient is written and read: {} storage buffers a kernel, not {}",
                           plan.storage_buffers, forming_bindings);
    }
    plan.fp16_storage_faster = plan.fp16_storage && defaults.fp16_storage_faster;
    plan.work_per_submit = defaults.work_per_submit / (planning.allow(Disable::long_submits, true) ? 1 : 4);

    KernelDefaults& kernels = plan.kernels;
    const DriverPreference driver = preference(planning.device);
    kernels.accumulators = driver.accumulators.value_or(kernels.accumulators);
    kernels.workgroup = driver.workgroup.value_or(kernels.workgroup);
    kernels.depthwise_tile = driver.depthwise_tile.value_or(kernels.depthwise_tile);
    kernels.depthwise_narrow_tile = driver.depthwise_narrow_tile.value_or(kernels.depthwise_narrow_tile);
    kernels.depthwise_strided_tile = driver.depthwise_strided_tile;
    kernels.part_bytes = driver.part_bytes;
    kernels.given_activations = driver.given_activations;
    kernels.load_cost = driver.load_cost;
    kernels.share_cost = driver.share_cost;
    kernels.column_tree = options.column_tree.value_or(kernels.column_tree);
    kernels.gemm_cluster = gemm_cluster(plan.subgroup_size);
    const bool can_shuffle = plan.subgroup_shuffle && plan.subgroup_size % kernels.gemm_cluster == 0;
    if (options.sharing == Sharing::shuffle && !can_shuffle) {
        throw UnsupportedDevice(
            "{}: subgroups of {} lanes that {} shuffle cannot share a matrix by shuffles, which takes "
            "clusters of "
            "4, 8 or 16; share it through memory",
            planning.device.name, plan.subgroup_size, plan.subgroup_shuffle ? "may" : "may not");
    }
    if (options.sharing == Sharing::cooperative_matrix && !plan.cooperative_matrix) {
        throw UnsupportedDevice("{}: no matrix units to multiply on: {}; share the matrix through memory",
                                planning.device.name, plan.no_cooperative_matrix);
    }
    kernels.matrix_units = options.sharing == Sharing::cooperative_matrix;
    const Sharing preferred = driver.sharing.value_or(kernels.gemm_sharing);
    if (options.sharing && !kernels.matrix_units) {
        kernels.gemm_sharing = *options.sharing;
    } else if (preferred == Sharing::shuffle && !can_shuffle) {
        planning.fall_back("matrix products do not shuffle: no usable shuffles among {} lanes",
                           plan.subgroup_size);
    } else {
        kernels.gemm_sharing = preferred;
    }
}

void decide_features(Planning& planning) {
    const DeviceSnapshot& device = planning.device;
    DevicePlan& plan = planning.plan;
    constexpr uint32_t vulkan_1_2 = make_version(1, 2), never_core = ~0u;

    plan.timeline_semaphore =
        device.features.timeline_semaphore && planning.offers("VK_KHR_timeline_semaphore", vulkan_1_2);
    if (plan.timeline_semaphore) planning.enable("VK_KHR_timeline_semaphore");
    if (!plan.timeline_semaphore) planning.fall_back("no timeline semaphores: fences track submits");

    plan.pipeline_statistics = planning.options.profile && device.features.pipeline_executable_info &&
                               planning.offers("VK_KHR_pipeline_executable_properties", never_core);
    if (plan.pipeline_statistics) planning.enable("VK_KHR_pipeline_executable_properties");

    if (plan.fp16_arithmetic || plan.cooperative_matrix) planning.enable("VK_KHR_shader_float16_int8");
    if (plan.required_subgroup_size != 0) planning.enable("VK_EXT_subgroup_size_control");
    if (plan.cooperative_matrix) {
        planning.enable("VK_KHR_cooperative_matrix");
        planning.enable("VK_KHR_vulkan_memory_model");
    }
    if (device.features.device_fault) planning.enable("VK_EXT_device_fault");
    if (device.features.memory_budget) planning.enable("VK_EXT_memory_budget");
    // The specification demands this one wherever it is listed (MoltenVK).
    planning.enable("VK_KHR_portability_subset");
}

}  // namespace

DevicePlan plan_device(const DeviceSnapshot& device, std::span<const Quirk> quirks,
                       const PlanOptions& options) {
    check_baseline(device);

    Planning planning{device, options};
    DevicePlan& plan = planning.plan;
    plan.device_name = device.name;
    plan.tuning = options.tuning;
    plan.device_class = classify(device);
    plan.max_workgroup_invocations =
        std::min(device.limits.max_workgroup_invocations, device.limits.max_workgroup_size[0]);
    plan.max_workgroup_count = device.limits.max_workgroup_count;
    plan.shared_memory_bytes = device.limits.max_shared_memory_bytes;
    plan.storage_buffers = device.limits.max_storage_buffers_per_stage;

    apply_quirks(planning, quirks);
    decide_queue(planning);
    decide_subgroup(planning);
    decide_arithmetic(planning);
    decide_memory(planning);
    decide_kernels(planning,
                   *std::ranges::find(class_defaults, plan.device_class, &ClassDefaults::device_class));
    decide_features(planning);
    return std::move(planning.plan);
}

}  // namespace vkm::engine
