#include <engine/error.h>
#include <engine/plan/planning.h>
#include <engine/plan/vulkan_ids.h>

#include <bit>
#include <string_view>

namespace vkm::engine {
namespace {

using Limits = DeviceSnapshot::Limits;
constexpr uint64_t mebibyte = uint64_t{1} << 20, gibibyte = uint64_t{1} << 30;

struct FasterLoads {
    uint32_t vendor_id = 0, driver_id = 0;  ///< 0: any
    uint32_t device_id = 0;                 ///< unless 0, what remains of the device's id after `shift`
    uint32_t shift = 0;
    LoadPath path = LoadPath::buffer;
};

// The first row that matches counts; devices without one load from storage buffers.
constexpr FasterLoads faster_loads[] = {
    // A storage-buffer load is a loop over lanes here, a texel load is not (2x).
    {.driver_id = driver::mesa_llvmpipe, .path = LoadPath::texel},
    // Adreno's storage buffers bypass the L1 cache up to the 6xx; 640 and 650 are the exceptions
    // (Tencent/ncnn src/gpu.cpp). Their ids begin with the digits of their names.
    {vendor::qualcomm, 0, 0x0604, 16, LoadPath::buffer},
    {vendor::qualcomm, 0, 0x0605, 16, LoadPath::buffer},
    {vendor::qualcomm, 0, 0x06, 24, LoadPath::texel},
    {vendor::qualcomm, 0, 0x05, 24, LoadPath::texel},
};

/// What the shaders' 32-bit indices reach, with room to spare.
constexpr uint64_t largest_binding = 2 * gibibyte;
/// Tensors have to fit a block, and a larger one would be taken back and given out as a whole.
constexpr uint64_t largest_block = 16 * gibibyte;
/// The most inputs that a kernel binds as texel buffers, which count as storage images.
constexpr uint32_t texel_inputs = 4;
/// The smaller texel is four fp16 values; a window must be addressable in either precision.
constexpr uint64_t smallest_texel_bytes = 8;
/// Where texel buffers cannot span as much as the baseline's storage buffers, cutting tensors costs more than
/// they gain.
constexpr uint64_t smallest_default_window = 128 * mebibyte;

LoadPath faster_load_path(const DeviceSnapshot& device) {
    for (const FasterLoads& row : faster_loads) {
        if ((row.vendor_id == 0 || row.vendor_id == device.vendor_id) &&
            (row.driver_id == 0 || row.driver_id == device.driver_id) &&
            (row.device_id == 0 || row.device_id == device.device_id >> row.shift)) {
            return row.path;
        }
    }
    return LoadPath::buffer;
}

uint64_t largest_usable_heap(const DeviceSnapshot& device) {
    uint64_t largest = 0;
    for (const DeviceSnapshot::MemoryType& type : device.memory_types) {
        if (device.usable(type) && type.heap < device.memory_heaps.size()) {
            largest = std::max(largest, device.memory_heaps[type.heap]);
        }
    }
    return largest;
}

/// Returns `bytes` rounded down to the bindings' alignment. Throws UnsupportedDevice where that leaves none.
uint64_t aligned(const Planning& planning, uint64_t bytes, const char* what) {
    const uint64_t down = bytes & ~(planning.plan.binding_alignment - 1);
    if (down == 0) {
        throw UnsupportedDevice(
            "{}: {} is {}, but at least {} (the alignment of bindings) is required; ask for more",
            planning.device.name, what, bytes, planning.plan.binding_alignment);
    }
    return down;
}

void decide_blocks(Planning& planning) {
    const Limits& limits = planning.device.limits;
    // Only a driver that tells the largest buffer is asked for more than the least that all of them can.
    uint64_t block =
        limits.max_buffer_bytes != 0 ? std::min(limits.max_buffer_bytes, largest_block) : largest_binding;
    block = std::min(block, limits.max_allocation_bytes != 0 ? limits.max_allocation_bytes : gibibyte);
    // How much of it is free changes while a program runs: allocations will find that out.
    if (const uint64_t heap = largest_usable_heap(planning.device); heap != 0) block = std::min(block, heap);
    planning.plan.block_bytes =
        aligned(planning, std::min(block, planning.options.block_bytes.value_or(block)), "block_bytes");
}

void decide_loads_and_window(Planning& planning) {
    const DeviceSnapshot& device = planning.device;
    const Limits& limits = device.limits;
    const PlanOptions& options = planning.options;
    DevicePlan& plan = planning.plan;
    const uint64_t range = std::min({limits.max_storage_buffer_range, plan.block_bytes, largest_binding});
    const uint64_t wanted = std::min(range, options.window_bytes.value_or(smallest_default_window));
    const uint64_t texel_range =
        std::min(limits.max_texel_buffer_elements, range / smallest_texel_bytes) * smallest_texel_bytes;
    const bool bindable = limits.max_storage_images_per_stage >= texel_inputs;
    plan.load_path = options.load_path.value_or(faster_load_path(device));
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
    plan.window_bytes = aligned(planning, std::min(cap, options.window_bytes.value_or(cap)), "window_bytes");
}

}  // namespace

void decide_memory(Planning& planning) {
    const Limits& limits = planning.device.limits;
    // Shaders index quads, so that 16 bytes are the least in any case.
    planning.plan.binding_alignment =
        std::bit_ceil(std::max({uint64_t{16}, limits.min_storage_buffer_offset_alignment,
                                limits.min_texel_buffer_offset_alignment}));
    decide_blocks(planning);
    decide_loads_and_window(planning);
    planning.plan.unified_memory = planning.device.unified_memory();
}

}  // namespace vkm::engine
