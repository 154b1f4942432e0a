#include <engine/plan/baseline.h>
#include <engine/plan/planning.h>
#include <engine/plan/vulkan_ids.h>

#include <bit>
#include <tuple>

namespace vkm::engine {
namespace {

// A submit should last well under the 2 s after which the strictest watchdog (amdgpu since Linux 7) cancels
// it. The slowest device of a class counts, at a tenth of its peak: kernels that wait for memory reach that.
constexpr uint64_t gigaflop = 1'000'000'000;
constexpr std::pair<DeviceClass, uint64_t> work_of_class[] = {
    {DeviceClass::wide_gpu, 200 * gigaflop},   // half a second on 4 TFLOP/s
    {DeviceClass::integrated, 20 * gigaflop},  // on 0.4
    {DeviceClass::mobile, 5 * gigaflop},       // on 0.1
    {DeviceClass::software, 50 * gigaflop}     // no watchdog; a second of matrix products on two cores
};

/// A clock that ticks more slowly times no kernel. Longer periods are drivers' errors, infinite ones included.
constexpr float longest_period_ns = 10'000;

void apply_quirks(Planning& planning, std::span<const Quirk> quirks) {
    for (const Quirk& quirk : quirks) {
        if (applies(quirk, planning.device)) planning.plan.quirks.push_back(quirk);
    }
}

}  // namespace

std::string_view name(DeviceClass device_class) {
    constexpr std::string_view names[] = {"wide", "integrated", "mobile", "software"};
    return names[static_cast<size_t>(device_class)];
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
    planning.plan.timestamps = best->timestamp_bits > 0 && period > 0 && period <= longest_period_ns;
    if (!planning.plan.timestamps) planning.fall_back("no device timestamps: operators cannot be timed");
}

void decide_work(Planning& planning) {
    DevicePlan& plan = planning.plan;
    const auto work =
        std::ranges::find(work_of_class, plan.device_class, &std::pair<DeviceClass, uint64_t>::first);
    uint64_t most = work->second;
    // Half a second at a tenth of the peak of its lanes, at a gigahertz.
    if (plan.processors_known && plan.device_class == DeviceClass::wide_gpu)
        most = std::min(most, uint64_t{plan.processors} * plan.processor_lanes * gigaflop / 10);
    plan.work_per_submit = most / (planning.allow(Disable::long_submits, true) ? 1 : 4);
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

    const bool matrices = !plan.cooperative_matrices.empty();
    if (plan.fp16_arithmetic || plan.native_half_stores || matrices)
        planning.enable("VK_KHR_shader_float16_int8");
    if (plan.native_half_stores) planning.enable("VK_KHR_shader_float_controls");
    if (plan.required_subgroup_size != 0) planning.enable("VK_EXT_subgroup_size_control");
    if (matrices) {
        planning.enable("VK_KHR_cooperative_matrix");
        planning.enable("VK_KHR_vulkan_memory_model");
    }
    if (plan.bfloat16_matrices) planning.enable("VK_KHR_shader_bfloat16");
    if (plan.float8_matrices) planning.enable("VK_EXT_shader_float8");
    if (plan.integer_dot_product) planning.enable("VK_KHR_shader_integer_dot_product");
    // A device whose alignment is no power of two is beyond the specification, and no driver's.
    if (device.has("VK_EXT_external_memory_host") &&
        std::has_single_bit(device.limits.min_imported_host_pointer_alignment)) {
        plan.import_alignment = device.limits.min_imported_host_pointer_alignment;
        planning.enable("VK_EXT_external_memory_host");
    }
    if (device.features.device_fault) planning.enable("VK_EXT_device_fault");
    if (device.features.memory_budget) planning.enable("VK_EXT_memory_budget");
    // The specification demands this one wherever it is listed (MoltenVK).
    planning.enable("VK_KHR_portability_subset");
}

DevicePlan plan_device(const DeviceSnapshot& device, std::span<const Quirk> quirks,
                       const PlanOptions& options) {
    check_baseline(device);

    Planning planning{device, options};
    DevicePlan& plan = planning.plan;
    plan.device_name = device.name;
    plan.max_workgroup_invocations =
        std::min(device.limits.max_workgroup_invocations, device.limits.max_workgroup_size[0]);
    plan.max_workgroup_count = device.limits.max_workgroup_count;
    plan.shared_memory_bytes = device.limits.max_shared_memory_bytes;
    plan.storage_buffers = device.limits.max_storage_buffers_per_stage;

    apply_quirks(planning, quirks);
    decide_class(planning);
    decide_queue(planning);
    decide_subgroup(planning);
    decide_arithmetic(planning);
    decide_memory(planning);
    decide_work(planning);
    decide_compilation(planning);
    decide_features(planning);
    decide_uploads(planning);
    return std::move(planning.plan);
}

}  // namespace vkm::engine
