#pragma once

#include <engine/error.h>

#include <nlohmann/json_fwd.hpp>

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::engine {

enum class DeviceType : uint8_t { other, integrated, discrete, virtual_gpu, cpu };

/// Holds everything a DevicePlan may depend on, queried from a physical device as plain data. It converts to
/// and from JSON (`vkmbv3 devices --json --full`), so that any device can be replayed in a test. Names and
/// units are Vulkan's.
struct DeviceSnapshot {
    std::string name;
    DeviceType type = DeviceType::other;
    uint32_t vendor_id = 0, device_id = 0, api_version = 0, driver_version = 0;
    uint32_t driver_id = 0;  ///< VkDriverId; 0 where VK_KHR_driver_properties is absent
    std::string driver_name, driver_info;
    std::array<uint8_t, 16> device_uuid{}, driver_uuid{}, pipeline_cache_uuid{};

    struct Limits {
        uint32_t max_workgroup_invocations = 0;
        std::array<uint32_t, 3> max_workgroup_size{};
        std::array<uint32_t, 3> max_workgroup_count{};
        uint32_t max_shared_memory_bytes = 0;
        uint32_t max_push_constants_bytes = 0;
        uint32_t max_storage_buffers_per_stage = 0;
        uint32_t max_storage_images_per_stage = 0;  ///< storage texel buffers count as storage images
        uint32_t max_resources_per_stage = 0;
        uint64_t max_storage_buffer_range = 0;
        uint64_t max_texel_buffer_elements = 0;
        uint64_t max_allocation_bytes = 0;  ///< 0: not reported
        uint64_t max_buffer_bytes = 0;      ///< 0: not reported (VK_KHR_maintenance4)
        uint64_t min_storage_buffer_offset_alignment = 0;
        uint64_t min_texel_buffer_offset_alignment = 0;
        uint64_t non_coherent_atom_bytes = 0;
        uint64_t min_imported_host_pointer_alignment = 0;  ///< 0: imports none (VK_EXT_external_memory_host)
        float timestamp_period_ns = 0;                     ///< 0 or infinite: no running clock

        bool operator==(const Limits&) const = default;
    } limits;

    struct Subgroup {
        /// All three are the same without subgroup-size control.
        uint32_t size = 0, min_size = 0, max_size = 0;
        uint32_t stages = 0, operations = 0;  ///< VkShaderStageFlags, VkSubgroupFeatureFlags
        bool size_control = false;            ///< a required size may be set for compute pipelines
        bool full_subgroups = false;

        bool operator==(const Subgroup&) const = default;
    } subgroup;

    /// Says how wide the device is. 0 stands for what no extension of the driver tells.
    struct Processors {
        uint32_t count = 0;          ///< streaming multiprocessors, compute units or shader cores in use
        uint32_t subgroups = 0;      ///< that one of them keeps resident: warps, or waves over all its SIMDs
        uint32_t simds = 0;          ///< vector units of one (AMD)
        uint32_t registers = 0;      ///< vector registers of a lane of one SIMD (AMD)
        uint32_t multiply_adds = 0;  ///< of one processor a cycle (Arm)

        bool operator==(const Processors&) const = default;
    } processors;

    struct Features {
        bool shader_float16 = false, storage_buffer_16bit = false, shader_int8 = false;
        bool vulkan_memory_model = false;  ///< without it, no shader declares a cooperative matrix
        bool half_rounds_to_nearest =
            false;  ///< a shader may demand it of fp16 (shaderRoundingModeRTEFloat16)
        /// A shader may demand it of fp16 (shaderDenormPreserveFloat16), and both without saying the same of fp32.
        bool half_keeps_subnormals = false;
        bool packed_dot_product = false;   ///< of four signed with four unsigned bytes, in hardware
        bool integer_dot_product = false;  ///< a shader may have it, in hardware or not
        bool signed_dot_product = false;   ///< of four with four signed bytes, in hardware
        bool bfloat16_matrices = false, float8_matrices = false;  ///< as operands of cooperative matrices
        bool timeline_semaphore = false, pipeline_executable_info = false, device_fault = false;
        bool memory_budget = false, robust_buffer_access = false;

        bool operator==(const Features&) const = default;
    } features;

    struct CooperativeMatrix {
        uint32_t m = 0, n = 0, k = 0;
        std::string a, b, c, result;  ///< "float16", "float32", "sint8", "bfloat16", "float8_e4m3", …
        bool subgroup_scope = false;

        bool operator==(const CooperativeMatrix&) const = default;
    };
    std::vector<CooperativeMatrix> cooperative_matrices;

    struct MemoryType {
        uint32_t heap = 0;
        bool device_local = false, host_visible = false, host_coherent = false, host_cached = false;

        bool operator==(const MemoryType&) const = default;
    };
    std::vector<MemoryType> memory_types;
    std::vector<uint64_t> memory_heaps;         ///< bytes
    std::vector<uint64_t> memory_heap_budgets;  ///< bytes now available (VK_EXT_memory_budget), or empty

    struct QueueFamily {
        bool compute = false, graphics = false, transfer = false;
        uint32_t count = 0, timestamp_bits = 0;

        bool operator==(const QueueFamily&) const = default;
    };
    std::vector<QueueFamily> queue_families;

    std::set<std::string> extensions;

    /// Returns whether the device has no other memory than the host's: a heap that is called device-local is
    /// then no faster than another one.
    bool unified_memory() const { return type == DeviceType::integrated || type == DeviceType::cpu; }
    /// Returns whether kernels may use memory of a type: the device's own, or the host's where it is unified.
    /// Types without any known property may not be allocated.
    bool usable(const MemoryType& memory) const {
        return memory.device_local || (unified_memory() && memory.host_visible);
    }
    /// Returns the bytes of all usable heaps where memory is unified, else of the largest usable one; those now
    /// available where the driver tells. Returns 0 where there is no such heap.
    uint64_t device_memory_bytes() const;

    bool has(const char* extension) const { return extensions.contains(extension); }
    bool operator==(const DeviceSnapshot&) const = default;
};

/// Says that JSON is not a device snapshot. The message names the field.
class InvalidSnapshot : public Error {
  public:
    using Error::Error;
};

/// Writes members under their C++ names, types as words ("integrated"), UUIDs as 32 hexadecimal digits.
void to_json(nlohmann::json&, const DeviceSnapshot&);
/// Reads what to_json() writes. Every member must be there, unknown ones are ignored. Throws InvalidSnapshot.
void from_json(const nlohmann::json&, DeviceSnapshot&);
/// Reads a snapshot from a file's text. Throws InvalidSnapshot, also where the text is not JSON.
DeviceSnapshot parse_snapshot(std::string_view json_text);

}  // namespace vkm::engine
