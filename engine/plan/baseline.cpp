#include <engine/error.h>
#include <engine/plan/baseline.h>
#include <engine/plan/snapshot.h>
#include <engine/plan/vulkan_ids.h>

#include <algorithm>
#include <limits>
#include <string_view>

namespace vkm::engine {
namespace {

constexpr uint32_t baseline_api = make_version(1, 1);
constexpr std::string_view advice = "update its driver or choose another device with --device";

struct Requirement {
    const char* limit;  ///< Vulkan's name
    uint64_t value, least, most = std::numeric_limits<uint64_t>::max();
};

}  // namespace

void check_baseline(const DeviceSnapshot& device) {
    if (device.api_version < baseline_api) {
        throw UnsupportedDevice("{}: apiVersion is {}.{}, but at least {}.{} is required; {}", device.name,
                                major_version(device.api_version), minor_version(device.api_version),
                                major_version(baseline_api), minor_version(baseline_api), advice);
    }
    const DeviceSnapshot::Limits& limits = device.limits;
    const Requirement requirements[] = {
        {"maxComputeWorkGroupInvocations", limits.max_workgroup_invocations, 128},
        {"maxComputeWorkGroupSize[0]", limits.max_workgroup_size[0], 128},
        {"maxComputeWorkGroupCount[0]", limits.max_workgroup_count[0], 65535},
        {"maxComputeWorkGroupCount[1]", limits.max_workgroup_count[1], 65535},
        {"maxComputeWorkGroupCount[2]", limits.max_workgroup_count[2], 65535},
        {"maxComputeSharedMemorySize", limits.max_shared_memory_bytes, 16384},
        {"maxPushConstantsSize", limits.max_push_constants_bytes, 128},
        {"maxPerStageDescriptorStorageBuffers", limits.max_storage_buffers_per_stage, 8},
        {"maxStorageBufferRange", limits.max_storage_buffer_range, 128u << 20},
        {"minStorageBufferOffsetAlignment", limits.min_storage_buffer_offset_alignment, 0, 256},
        {"minTexelBufferOffsetAlignment", limits.min_texel_buffer_offset_alignment, 0, 256},
    };
    for (const auto& [limit, value, least, most] : requirements) {
        if (value < least || value > most) {
            throw UnsupportedDevice("{}: {} is {}, but at {} {} is required; {}", device.name, limit, value,
                                    value < least ? "least" : "most", value < least ? least : most, advice);
        }
    }
    const auto computes = [](const auto& family) { return family.compute && family.count > 0; };
    if (std::ranges::none_of(device.queue_families, computes)) {
        throw UnsupportedDevice("{}: 0 queue families compute, but at least 1 is required; {}", device.name,
                                advice);
    }
}

}  // namespace vkm::engine
