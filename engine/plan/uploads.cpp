#include <engine/plan/planning.h>

namespace vkm::engine {
namespace {

/// Discrete devices without resizable BAR show the host a window of 256 MiB, which the driver itself needs.
constexpr uint64_t bar_without_resizing = uint64_t{256} << 20;

bool written_in_place(const DeviceSnapshot& device) {
    return std::ranges::any_of(device.memory_types, [&](const DeviceSnapshot::MemoryType& type) {
        // Only coherent memory is mapped for good (engine/vulkan/memory.cpp).
        return type.device_local && type.host_visible && type.host_coherent &&
               (device.unified_memory() || (type.heap < device.memory_heaps.size() &&
                                            device.memory_heaps[type.heap] > bar_without_resizing));
    });
}

bool only_transfers(const DeviceSnapshot::QueueFamily& family) {
    return family.transfer && !family.compute && !family.graphics && family.count > 0;
}

struct Choice {
    std::optional<QueueIndex> queue;
    std::string reason;
};

/// Chooses a queue beside the one that computes.
Choice queue_beside(const Planning& planning) {
    const auto& families = planning.device.queue_families;
    const uint32_t computing = planning.plan.queue_family;
    // The first one: a driver lists its copy engines before units for video and optical flow, which can transfer on
    // the side (NVIDIA).
    const auto transfer = std::ranges::find_if(families, only_transfers);
    if (transfer != families.end()) {
        const auto family = static_cast<uint32_t>(transfer - families.begin());
        return {QueueIndex{family, 0}, fmt::format("family {} only transfers", family)};
    }
    if (families.at(computing).count > 1)
        return {QueueIndex{computing, 1},
                fmt::format("family {}, which computes, has a second queue", computing)};
    return {{},
            fmt::format("no family only transfers, and family {}, which computes, has one queue", computing)};
}

/// Decides for a device whose memory the host does not write.
Choice staged_uploads(Planning& planning) {
    const std::optional<UploadPath> wanted = planning.options.uploads;
    if (wanted == UploadPath::in_step) return {{}, "asked for"};
    const bool forced = wanted == UploadPath::beside_steps;
    if (!planning.plan.timeline_semaphore) {
        if (forced)
            throw UnsupportedDevice(
                "{}: without timeline semaphores, nothing orders uploads beside the steps; upload in the step",
                planning.device.name);
        return {{}, "without timeline semaphores, nothing orders two queues"};
    }
    Choice choice = queue_beside(planning);
    if (forced) {
        if (!choice.queue) choice.queue = QueueIndex{planning.plan.queue_family, 0};
        choice.reason = "asked for; " + choice.reason;
    } else if (!planning.allow(Disable::upload_queue, choice.queue.has_value()) && choice.queue) {
        return {{}, "a quirk turns off the queue beside the steps"};
    }
    return choice;
}

}  // namespace

void decide_uploads(Planning& planning) {
    DevicePlan& plan = planning.plan;
    const std::optional<UploadPath> wanted = planning.options.uploads;
    const bool visible = written_in_place(planning.device);
    if (wanted == UploadPath::in_place && !visible)
        throw UnsupportedDevice("{}: the host does not see the device's memory; upload by copies",
                                planning.device.name);
    plan.direct_upload =
        wanted ? wanted == UploadPath::in_place : planning.allow(Disable::direct_upload, visible);
    if (plan.direct_upload) {
        plan.upload_reason = "the host sees the device's memory";
        return;
    }
    if (!visible) planning.fall_back("uploads are staged: the host does not see the device's memory");
    Choice choice = staged_uploads(planning);
    plan.upload_queue = choice.queue;
    plan.upload_reason = std::move(choice.reason);
}

}  // namespace vkm::engine
