#include <engine/plan/vulkan_ids.h>
#include <graph/kernel_preferences.h>

#include <algorithm>

namespace vkm::graph {
namespace {

using engine::DeviceClass;
namespace driver = engine::driver;
namespace vendor = engine::vendor;

// Accumulators are rows of C, which times 4 columns are registers; tiles of dense convolutions and of
// matrix units follow from them. A depthwise tile with two rows of outputs keeps all weights of a kernel
// in registers; a tile with one row keeps those of one kernel row. What a row does not say is
// KernelDefaults' value. On a GPU everything is fused, since it has arithmetic to spare (reasoned, not
// measured). fp16 storage is the faster one there: a GPU waits for memory, of which fp16 takes half, and
// it packs in one instruction.
constexpr ClassDefaults defaults_of_class[] = {
    {.device_class = DeviceClass::wide_gpu,
     .kernels =
         {.accumulators = 16,
          // It keeps a 5x5 kernel's 25 weights and its sums within 128 registers on gfx1100 and at 8
          // waves a SIMD on navi21 (RADV); 4x2 spills there.
          .depthwise_tile = {2, 2},
          // A larger tile shares more of what it loads and normalises; 3x3 kernels have registers for it.
          .depthwise_narrow_tile = {4, 2},
          .depthwise_rows_tile = {4, 2},
          // Five such workgroups, and what gathers their statistics, fit an AMD processor's 128 KiB.
          .depthwise_staged_bytes = 20 << 10,
          .workgroup = 128}},
    {.device_class = DeviceClass::integrated, .kernels = {.accumulators = 16, .workgroup = 64}},
    {.device_class = DeviceClass::mobile,
     .kernels = {.accumulators = 8,  // Mali has 64 registers in all
                 // 25 weights of a 5x5 kernel are too many for 64 or 128 registers (Turnip spills).
                 .depthwise_tile = {2, 1},
                 .depthwise_narrow_tile = {2, 2},
                 .workgroup = 64}},
    {.device_class = DeviceClass::software,
     // Shared memory costs a CPU a copy and its barriers, and saves nothing.
     .kernels = {.gemm_sharing = Sharing::direct,
                 .accumulators = 16,
                 .workgroup = 64,
                 // Few threads run it, so that a reduction need not be split far.
                 .target_workgroups = 16,
                 .least_workgroups = 2,
                 .column_tree = false},
     // It computes as slowly as it reads, and kernels that compute as they load do so several times for
     // each value (bench/NOTES.md).
     .fusion = {.normalise_depthwise = false,
                .normalise_pointwise = false,
                .statistics = false,
                .batch_norm_sums = false,
                .gradient_depthwise = false,
                .gradient_pointwise = false,
                .squeeze_excite = false},
     .fp16_storage_faster = false},  // llvmpipe loses a quarter of its speed
};

constexpr DriverPreference few_registers(uint32_t vendor_id, uint32_t driver_id) {
    return {.vendor_id = vendor_id,
            .driver_id = driver_id,
            .accumulators = 8,  // products of 16 rows spill
            // The 25 weights of a 5x5 kernel spill with two rows of outputs.
            .depthwise_tile = DepthwiseTile{4, 1},
            .depthwise_narrow_tile = DepthwiseTile{2, 2}};
}

// Measured (bench/NOTES.md).
constexpr DriverPreference llvmpipe{
    .driver_id = driver::mesa_llvmpipe,
    .sharing = Sharing::shuffle,  // from constant lanes, instead of loads that broadcast (1.35x)
    // Kernels gain more from strides that are prefetched than they lose by loading more; SwiftShader loses.
    .depthwise_narrow_tile = DepthwiseTile{2, 2},
    .depthwise_strided_tile = {1, 2},
    .part_bytes = 128 << 10,    // stores of a part that spans many pages wait for memory
    .given_activations = true,  // a depthwise kernel takes half a second to compile, on one thread
    .share_cost = 2};           // a load whose lanes lie apart is one load a lane

constexpr DriverPreference llvmpipe_of_16_lanes() {
    DriverPreference row = llvmpipe;
    row.name_contains = "512 bits";
    row.workgroup = 128;                              // it starts a workgroup half as often
    row.depthwise_narrow_tile = DepthwiseTile{2, 4};  // 32 registers keep more
    row.depthwise_strided_tile = {2, 4};
    return row;
}

constexpr DriverPreference on_amd(uint32_t driver_id) {
    return {.vendor_id = vendor::amd, .driver_id = driver_id, .matrix_units = true, .merge_by_arrival = true};
}

// The first row that matches counts.
constexpr DriverPreference driver_preferences[] = {
    llvmpipe_of_16_lanes(),
    llvmpipe,
    {.driver_id = driver::google_swiftshader,
     .sharing = Sharing::shuffle,  // loads are calls here: products are 6 to 8 times as fast
     .accumulators = 32,
     .load_cost = 5,
     .share_cost = 5},
    // Drivers that list matrices only where hardware multiplies them, and whose matrices other Vulkan programs train and
    // infer with: tensor cores from Turing on, RDNA 3 and newer. Intel's and others' wait for a measurement.
    // They keep to `coherent`, too: single-pass downsampling, which relies on it, runs in games on both vendors' GPUs. Layers
    // over Metal and Direct3D are drivers of their own.
    {.vendor_id = vendor::nvidia,
     .driver_id = driver::nvidia_proprietary,
     .matrix_units = true,
     .merge_by_arrival = true},
    on_amd(driver::mesa_radv),
    on_amd(driver::amd_proprietary),
    on_amd(driver::amd_open_source),
    {.vendor_id = vendor::amd, .matrix_units = true},
    // They have 128 registers a lane (bench/NOTES.md): ANV with 16 lanes on Xe2 and 8 before, Honeykrisp.
    few_registers(vendor::intel, 0),
    few_registers(vendor::apple, 0),
    few_registers(0, driver::mesa_honeykrisp),
};

}  // namespace

const ClassDefaults& class_defaults(DeviceClass device_class) {
    return *std::ranges::find(defaults_of_class, device_class, &ClassDefaults::device_class);
}

DriverPreference driver_preference(const engine::DeviceSnapshot& device) {
    for (const DriverPreference& row : driver_preferences) {
        if ((row.vendor_id == 0 || row.vendor_id == device.vendor_id) &&
            (row.driver_id == 0 || row.driver_id == device.driver_id) &&
            device.name.find(row.name_contains) != std::string::npos) {
            return row;
        }
    }
    return {};
}

}  // namespace vkm::graph
