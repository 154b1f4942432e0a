#include <engine/plan/planning.h>

#include <string_view>
#include <tuple>

namespace vkm::engine {
namespace {

using Matrix = DeviceSnapshot::CooperativeMatrix;

bool usable(const Matrix& shape) {
    return shape.subgroup_scope && shape.a == "float16" && shape.b == "float16" && shape.c == "float32" &&
           shape.result == "float32";
}

// Returns the usable shapes, the best first: 16x16x16 wherever there is one, then by work an instruction.
// Equals keep the order in which they are reported.
std::vector<Matrix> usable_matrices(const std::vector<Matrix>& reported) {
    std::vector<Matrix> shapes;
    std::ranges::copy_if(reported, std::back_inserter(shapes), usable);
    std::ranges::stable_sort(shapes, std::ranges::greater{}, [](const Matrix& shape) {
        return std::tuple(shape.m == 16 && shape.n == 16 && shape.k == 16,
                          uint64_t{shape.m} * shape.n * shape.k);
    });
    return shapes;
}

void decide_matrices(Planning& planning, bool half_arithmetic) {
    const DeviceSnapshot& device = planning.device;
    DevicePlan& plan = planning.plan;
    std::vector<Matrix> shapes = usable_matrices(device.cooperative_matrices);
    const std::pair<bool, std::string_view> needs[] = {
        {device.has("VK_KHR_cooperative_matrix"), "the driver has no VK_KHR_cooperative_matrix"},
        {!shapes.empty(), "the driver lists no shape of fp16 products with fp32 sums for a subgroup"},
        {half_arithmetic, "the driver has no fp16 arithmetic that may be used"},
        {device.features.storage_buffer_16bit, "the driver has no storageBuffer16BitAccess"},
        {device.features.vulkan_memory_model, "the driver has no vulkanMemoryModel"},
        {plan.subgroup_size > 1, "the driver has no subgroups in compute shaders"}};
    const auto unmet = std::ranges::find(needs, false, &std::pair<bool, std::string_view>::first);
    const bool available = unmet == std::end(needs);
    if (planning.allow(Disable::cooperative_matrix, available)) {
        plan.cooperative_matrices = std::move(shapes);
        plan.int8_matrices = device.features.shader_int8;
        plan.bfloat16_matrices = device.features.bfloat16_matrices;
        plan.float8_matrices = device.features.float8_matrices;
        return;
    }
    plan.no_cooperative_matrix = available ? plan.fallbacks.back() : unmet->second;
    if (!available && plan.device_class == DeviceClass::wide_gpu)
        planning.fall_back("matrix products run on the vector units: {}", plan.no_cooperative_matrix);
}

}  // namespace

void decide_arithmetic(Planning& planning) {
    DevicePlan& plan = planning.plan;
    plan.fp16_storage = planning.allow(Disable::fp16_storage, true);
    const bool right_in_half =
        planning.allow(Disable::fp16_arithmetic, planning.device.features.shader_float16);
    // A CPU computes fp16 by converting to fp32 and back after every operation: half the speed on llvmpipe.
    plan.fp16_arithmetic = right_in_half && plan.device_class != DeviceClass::software;
    const DeviceSnapshot::Features& has = planning.device.features;
    plan.native_half_stores = right_in_half && has.half_rounds_to_nearest && has.half_keeps_subnormals;
    plan.integer_dot_product = planning.device.features.integer_dot_product;
    decide_matrices(planning, right_in_half);
}

}  // namespace vkm::engine
