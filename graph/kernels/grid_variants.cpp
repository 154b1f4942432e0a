#include <graph/kernels/grid_variants.h>

#include <algorithm>

namespace vkm::graph {
namespace {

using engine::DeviceClass;
using Variants = std::vector<Variant<KernelDefaults>>;

constexpr uint32_t workgroups[] = {64, 128, 256};
// Most that an invocation which takes part in a reduction needs (shaders/include/column_sums.glsl).
constexpr uint32_t shared_bytes = 64;

Variants defaults(const KernelPlan& plan) {
    return {{"default", plan.kernels}};
}

void add_workgroups(Variants& variants, const KernelPlan& plan) {
    for (const uint32_t workgroup : workgroups) {
        if (workgroup == plan.kernels.workgroup || workgroup > plan.device.max_workgroup_invocations ||
            workgroup * shared_bytes > plan.device.shared_memory_bytes)
            continue;
        KernelDefaults kernels = plan.kernels;
        kernels.workgroup = workgroup;
        variants.push_back({fmt::format("workgroup {}", workgroup), kernels});
    }
}

void add_parts(Variants& variants, const KernelPlan& plan) {
    for (const auto& [name, times, over] : {std::tuple{"half the parts", 1u, 2u},
                                            {"2 times the parts", 2u, 1u},
                                            {"4 times the parts", 4u, 1u}}) {
        KernelDefaults kernels = plan.kernels;
        kernels.target_workgroups = std::max(1u, kernels.target_workgroups * times / over);
        variants.push_back({name, kernels});
    }
}

KernelPlan chosen(Lowering& lowering, const Variants& variants) {
    KernelPlan plan = lowering.plan();
    plan.kernels = lowering.choose("grid", variants);
    return plan;
}

}  // namespace

Variants invocation_variants(const KernelPlan& plan) {
    Variants variants = defaults(plan);
    add_workgroups(variants, plan);
    return variants;
}

Variants row_variants(const KernelPlan& plan) {
    Variants variants = defaults(plan);
    // Without a tree a workgroup is a subgroup.
    if (plan.kernels.column_tree) add_workgroups(variants, plan);
    add_parts(variants, plan);
    for (const uint64_t kib : {64, 128, 256}) {
        KernelDefaults kernels = plan.kernels;
        kernels.part_bytes = kib << 10;
        if (kernels.part_bytes != plan.kernels.part_bytes)
            variants.push_back({fmt::format("parts of {} KiB", kib), kernels});
    }
    return variants;
}

Variants reduction_variants(const KernelPlan& plan) {
    Variants variants = defaults(plan);
    if (plan.kernels.column_tree) add_workgroups(variants, plan);
    add_parts(variants, plan);
    // A barrier costs a software device more than all of the rest.
    if (plan.kernels.column_tree && plan.device.device_class != DeviceClass::software) {
        KernelDefaults kernels = plan.kernels;
        kernels.column_tree = false;
        variants.push_back({"no tree", kernels});
    }
    return variants;
}

Variants part_variants(const KernelPlan& plan) {
    Variants variants = defaults(plan);
    add_parts(variants, plan);
    return variants;
}

KernelPlan plan_of_invocations(Lowering& lowering) {
    return chosen(lowering, invocation_variants(lowering.plan()));
}

uint32_t choose_workgroup(Lowering& lowering) {
    return plan_of_invocations(lowering).kernels.workgroup;
}

KernelPlan plan_of_rows(Lowering& lowering) {
    return chosen(lowering, row_variants(lowering.plan()));
}

KernelPlan plan_of_reduction(Lowering& lowering) {
    return chosen(lowering, reduction_variants(lowering.plan()));
}

KernelPlan plan_of_parts(Lowering& lowering) {
    return chosen(lowering, part_variants(lowering.plan()));
}

}  // namespace vkm::graph
