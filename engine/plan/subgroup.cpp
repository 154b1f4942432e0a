#include <engine/plan/planning.h>
#include <engine/plan/vulkan_ids.h>

namespace vkm::engine {
namespace {

struct SubgroupSize {
    uint32_t vendor_id, size;
};

// Where a driver would choose among sizes, one is pinned.
constexpr SubgroupSize pinned_sizes[] = {
    {vendor::intel, 16},    // it compiles for 8 to 32 lanes; 16 leave twice the registers of 32
    {vendor::amd, 32},      // RDNA is 32 lanes wide, 64 are two passes
    {vendor::samsung, 32},  // RDNA too
    {vendor::qualcomm, 64}  // they leave twice the registers of 128
};

}  // namespace

void decide_subgroup(Planning& planning) {
    const DeviceSnapshot::Subgroup& subgroup = planning.device.subgroup;
    DevicePlan& plan = planning.plan;
    if ((subgroup.stages & stage_compute) == 0 || subgroup.size == 0) {
        planning.fall_back("no subgroup operations in compute shaders");
        return;
    }
    plan.subgroup_size = subgroup.size;
    // The size is required even where there is only one: subgroups are then full if the driver promises that.
    if (subgroup.size_control) {
        const auto row = std::ranges::find(pinned_sizes, planning.device.vendor_id, &SubgroupSize::vendor_id);
        if (row != std::end(pinned_sizes) && row->size >= subgroup.min_size &&
            row->size <= subgroup.max_size) {
            plan.subgroup_size = row->size;
        }
        plan.required_subgroup_size = plan.subgroup_size;
    }
    const auto has = [&](uint32_t bit) { return (subgroup.operations & bit) != 0; };
    plan.subgroup_shuffle = planning.allow(Disable::subgroup_shuffle, has(subgroup_shuffle_bit));
    plan.subgroup_arithmetic = planning.allow(Disable::subgroup_arithmetic, has(subgroup_arithmetic_bit));
}

}  // namespace vkm::engine
