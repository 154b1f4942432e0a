#include <engine/plan/quirks.h>
#include <engine/plan/snapshot.h>
#include <engine/plan/vulkan_ids.h>

namespace vkm::engine {
namespace {

constexpr Quirk adreno_half_precision(uint32_t family) {
    return {.vendor_id = vendor::qualcomm,
            .driver_id = driver::qualcomm_proprietary,
            .device_family = family,
            .disable = Disable::fp16_arithmetic,
            .why = "fp16 arithmetic is wrong on this generation's drivers",
            .source = "Tencent/ncnn#1084, #1674"};
}

// Defects that a rule of ours avoids on every device have no row:
//  - NVIDIA: a vec4 read past a buffer's end gives zeros          -> buffers hold whole vec4s
//  - Mali: writing a descriptor that the layout lacks crashes     -> layouts come from the shader's bindings
//  - Adreno 830: barrier() with 32-byte structs in shared memory  -> scalars and vectors only
//  - amdgpu since Linux 7 cancels compute work after 2 s          -> every submit is bounded in work
//  - MoltenVK: several devices with one UUID                      -> the UUID alone tells no devices apart
constexpr Quirk quirks[] = {
    // In all 1,754 public reports (vulkan.gpuinfo.org) exactly RDNA3 and later have the instruction.
    {.vendor_id = vendor::amd,
     .without_packed_dot_product = true,
     .disable = Disable::cooperative_matrix,
     .why = "before RDNA3, AMD's own drivers emulate cooperative matrices slowly",
     .source = "ggml-org/llama.cpp#11074; Tencent/ncnn src/gpu.cpp"},

    // In all 10,676 public reports that tell, exactly Turing keeps 32 warps a multiprocessor.
    {.vendor_id = vendor::nvidia,
     .subgroups_a_processor = 32,
     .disable = Disable::cooperative_matrix,
     .why = "the driver's compiler gets cooperative matrices wrong on Turing",
     .source = "ggml-org/llama.cpp#19075, #19290"},
    {.vendor_id = vendor::nvidia,
     .driver_id = driver::nvidia_proprietary,
     .min_driver_version = nvidia_version(595, 58),
     .max_driver_version = nvidia_version(596, 0),
     .disable = Disable::cooperative_matrix,
     .why = "a module with cooperative matrices and subgroup arithmetic crashes the driver; "
            "no release of the 595 branch is known to be free of it",
     .source = "kvark/blade#333"},

    {.vendor_id = vendor::intel,
     .min_subgroup_size = 8,
     .disable = Disable::cooperative_matrix,
     .why = "cooperative matrices are slower than none before Xe2, whose smallest subgroup is 16",
     .source = "ggml-org/llama.cpp#10597, #24404"},

    {.vendor_id = vendor::mesa,
     .driver_id = driver::mesa_llvmpipe,
     .min_subgroup_size = 16,
     .disable = Disable::cooperative_matrix,
     .why = "creating a pipeline with cooperative matrices crashes with vectors of 512 bits",
     .source = "seen with Mesa 26.2.6 and LP_NATIVE_VECTOR_WIDTH=512; 256 bits work"},

#ifdef __aarch64__
    // A software device is the processor that this program runs on.
    {.vendor_id = vendor::mesa,
     .driver_id = driver::mesa_llvmpipe,
     .driver_info_begins = "Mesa 22.",
     .disable = Disable::fp16_storage,
     .why = "a kernel that reads half precision ends the program on Arm: LLVM is asked for what it cannot do",
     .source = "seen with Mesa 22.3.6, 25.0.7 works; Tencent/ncnn#4233"},
#endif

    {.vendor_id = vendor::samsung,
     .disable = Disable::cooperative_matrix,
     .why = "stores of cooperative matrices are miscompiled where the stride is not a constant",
     .source = "pytorch/executorch backends/vulkan"},

    {.vendor_id = vendor::qualcomm,
     .disable = Disable::cooperative_matrix,
     .why = "cooperative matrices are corrupted where gl_SubgroupInvocationID indexes shared memory",
     .source = "Tencent/ncnn#6972, #6720"},
    {.vendor_id = vendor::qualcomm,
     .disable = Disable::subgroup_shuffle,
     .why = "matrix products that shuffle give wrong results on Adreno 640 and 840, with Qualcomm's driver "
            "and with Turnip",
     .source = "Tencent/ncnn#6778"},
    adreno_half_precision(5),
    adreno_half_precision(6),

    {.vendor_id = vendor::arm,
     .name_contains = "Mali-G52",
     .disable = Disable::long_submits,
     .why = "heavy kernels lose the device",
     .source = "Tencent/ncnn#3112"},
    {.vendor_id = vendor::arm,
     .name_contains = "Mali-G76",
     .disable = Disable::long_submits,
     .why = "heavy kernels lose the device",
     .source = "pytorch/executorch#22322"},
    {.vendor_id = vendor::arm,
     .name_contains = "Mali-G76",
     .disable = Disable::fp16_arithmetic,
     .why = "half-precision networks return NaN",
     .source = "pytorch/executorch#22322"},

    {.vendor_id = vendor::imagination,
     .name_contains = "Rogue",
     .disable = Disable::fp16_arithmetic,
     .why = "fp16 arithmetic is off by 2 % and more",
     .source = "EdVince/Hey-PowerVR-FP16"},
};

}  // namespace

std::string_view name(Disable what) {
    switch (what) {
        case Disable::cooperative_matrix:
            return "cooperative matrices";
        case Disable::fp16_arithmetic:
            return "fp16 arithmetic";
        case Disable::fp16_storage:
            return "fp16 storage";
        case Disable::subgroup_arithmetic:
            return "subgroup arithmetic";
        case Disable::subgroup_shuffle:
            return "subgroup shuffles";
        case Disable::texel_loads:
            return "texel-buffer loads";
        case Disable::direct_upload:
            return "direct uploads";
        case Disable::upload_queue:
            return "uploads beside the steps";
        case Disable::long_submits:
            return "long submits";
    }
    return "";
}

std::span<const Quirk> known_quirks() {
    return quirks;
}

bool applies(const Quirk& quirk, const DeviceSnapshot& device) {
    const auto matches = [](uint32_t condition, uint32_t value) {
        return condition == 0 || condition == value;
    };
    // Versions mean nothing where it is not certain whose they are.
    const bool same_driver =
        matches(quirk.driver_id, device.driver_id) ||
        (device.driver_id == 0 && quirk.min_driver_version == 0 && quirk.max_driver_version == 0);
    return matches(quirk.vendor_id, device.vendor_id) && same_driver &&
           matches(quirk.min_subgroup_size, device.subgroup.min_size) &&
           matches(quirk.subgroups_a_processor, device.processors.subgroups) &&
           matches(quirk.device_family, device.device_id >> 24) &&
           !(quirk.without_packed_dot_product && device.features.packed_dot_product) &&
           device.driver_version >= quirk.min_driver_version &&
           (quirk.max_driver_version == 0 || device.driver_version < quirk.max_driver_version) &&
           device.name.find(quirk.name_contains) != std::string::npos &&
           device.driver_info.starts_with(quirk.driver_info_begins);
}

}  // namespace vkm::engine
