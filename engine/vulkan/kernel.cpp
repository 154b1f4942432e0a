#include <engine/error.h>
#include <engine/vulkan/kernel.h>

#include <algorithm>

namespace vkm::engine {
namespace {

constexpr uint32_t push_constant_bytes = 128;

VkDescriptorType descriptor_type(BindingType type) {
    return type == BindingType::storage_buffer ? VK_DESCRIPTOR_TYPE_STORAGE_BUFFER
                                               : VK_DESCRIPTOR_TYPE_STORAGE_TEXEL_BUFFER;
}

double statistic_value(const VkPipelineExecutableStatisticKHR& s) {
    switch (s.format) {
        case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_BOOL32_KHR:
            return s.value.b32 ? 1.0 : 0.0;
        case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_INT64_KHR:
            return static_cast<double>(s.value.i64);
        case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_UINT64_KHR:
            return static_cast<double>(s.value.u64);
        case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_FLOAT64_KHR:
            return s.value.f64;
        default:
            return 0.0;
    }
}

}  // namespace

std::string KernelSpec::label() const {
    constexpr std::string_view storages[] = {"f32", "f16", "f16_native"};
    return fmt::format("{}[{},{}]({}){}", shader ? shader->name : "no shader",
                       storages[static_cast<size_t>(storage)], load == LoadPath::buffer ? "buffer" : "texel",
                       fmt::join(constants, ","), pin_subgroup ? " pinned" : "");
}

Kernel::Kernel(std::shared_ptr<const Context> context, VkPipelineCache cache, const KernelSpec& spec)
    : context_(std::move(context)), spec_(spec), label_(spec.label()) {
    const auto code = spec_.shader->variant(spec_.storage, spec_.load);
    interface_ = reflect(code, spec_.constants, label_);

    const DevicePlan& plan = context_->plan;
    const auto [x, y, z] = interface_.local_size;
    const auto& most = context_->snapshot.limits.max_workgroup_size;
    const uint64_t invocations = uint64_t{x} * y * z;
    if (invocations == 0 || invocations > plan.max_workgroup_invocations || x > most[0] || y > most[1] ||
        z > most[2])
        throw Error(
            "{}: kernel {} has workgroups of {} x {} x {}; the device allows {} invocations and {} x {} x {}",
            context_->description, label_, x, y, z, plan.max_workgroup_invocations, most[0], most[1],
            most[2]);
    const auto buffers = std::ranges::count(interface_.bindings, BindingType::storage_buffer, &Binding::type);
    if (buffers > plan.storage_buffers)
        throw Error("{}: kernel {} binds {} storage buffers; the device allows {}", context_->description,
                    label_, buffers, plan.storage_buffers);
    if (interface_.push_constant_bytes > push_constant_bytes)
        throw Error("kernel {} has {} bytes of push constants; at most {} are portable", label_,
                    interface_.push_constant_bytes, push_constant_bytes);
    if (spec_.pin_subgroup && plan.subgroup_size != 0 && x % plan.subgroup_size != 0)
        throw Error(
            "{}: kernel {} relies on subgroups of {}, and its workgroup's x size {} is no multiple of it",
            context_->description, label_, plan.subgroup_size, x);
    create_layouts();
    create_pipeline(cache);
}

void Kernel::create_layouts() {
    std::vector<VkDescriptorSetLayoutBinding> bindings;
    for (const Binding& b : interface_.bindings) {
        VkDescriptorSetLayoutBinding binding{};
        binding.binding = b.binding;
        binding.descriptorType = descriptor_type(b.type);
        binding.descriptorCount = 1;
        binding.stageFlags = VK_SHADER_STAGE_COMPUTE_BIT;
        bindings.push_back(binding);
    }
    auto set_info =
        structure<VkDescriptorSetLayoutCreateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO);
    set_info.bindingCount = static_cast<uint32_t>(bindings.size());
    set_info.pBindings = bindings.data();
    set_layout_ = context_->create(&VolkDeviceTable::vkCreateDescriptorSetLayout,
                                   &VolkDeviceTable::vkDestroyDescriptorSetLayout, set_info,
                                   "creating the descriptor layout of " + label_);

    const VkDescriptorSetLayout set = set_layout_.get();
    const VkPushConstantRange push{VK_SHADER_STAGE_COMPUTE_BIT, 0, push_constant_bytes};
    auto layout_info = structure<VkPipelineLayoutCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO);
    layout_info.setLayoutCount = 1;
    layout_info.pSetLayouts = &set;
    layout_info.pushConstantRangeCount = 1;
    layout_info.pPushConstantRanges = &push;
    layout_ =
        context_->create(&VolkDeviceTable::vkCreatePipelineLayout, &VolkDeviceTable::vkDestroyPipelineLayout,
                         layout_info, "creating the pipeline layout of " + label_);
}

void Kernel::create_pipeline(VkPipelineCache cache) {
    const auto code = spec_.shader->variant(spec_.storage, spec_.load);
    auto module_info = structure<VkShaderModuleCreateInfo>(VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO);
    module_info.codeSize = code.size_bytes();
    module_info.pCode = code.data();
    const auto module =
        context_->create(&VolkDeviceTable::vkCreateShaderModule, &VolkDeviceTable::vkDestroyShaderModule,
                         module_info, "loading the code of " + label_);

    std::vector<VkSpecializationMapEntry> entries;
    for (uint32_t i = 0; i < spec_.constants.size(); ++i)
        entries.push_back({i, i * 4, 4});
    VkSpecializationInfo constants{};
    constants.mapEntryCount = static_cast<uint32_t>(entries.size());
    constants.pMapEntries = entries.data();
    constants.dataSize = spec_.constants.size() * 4;
    constants.pData = spec_.constants.data();

    auto subgroup = structure<VkPipelineShaderStageRequiredSubgroupSizeCreateInfo>(
        VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO);
    subgroup.requiredSubgroupSize = context_->plan.required_subgroup_size;

    auto info = structure<VkComputePipelineCreateInfo>(VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO);
    info.layout = layout_.get();
    info.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
    info.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
    info.stage.module = module.get();
    info.stage.pName = "main";
    info.stage.pSpecializationInfo = &constants;
    if (spec_.pin_subgroup && subgroup.requiredSubgroupSize != 0) {
        info.stage.pNext = &subgroup;
        if (context_->snapshot.subgroup.full_subgroups)
            info.stage.flags |= VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT;
    }
    if (context_->plan.pipeline_statistics) info.flags |= VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR;

    VkPipeline pipeline = VK_NULL_HANDLE;
    context_->check(
        context_->vk.vkCreateComputePipelines(context_->device, cache, 1, &info, nullptr, &pipeline),
        "compiling kernel " + label_);
    pipeline_ = Handle<VkPipeline>(context_->device, pipeline, context_->vk.vkDestroyPipeline);
    context_->name(VK_OBJECT_TYPE_PIPELINE, reinterpret_cast<uint64_t>(pipeline), label_);
}

std::vector<KernelStatistic> Kernel::statistics() const {
    if (!context_->plan.pipeline_statistics) return {};
    const auto& vk = context_->vk;
    auto pipeline_info = structure<VkPipelineInfoKHR>(VK_STRUCTURE_TYPE_PIPELINE_INFO_KHR);
    pipeline_info.pipeline = pipeline_.get();
    const auto query = [&](VkResult result) {
        context_->check(result, "asking for statistics of " + label_);
    };
    uint32_t executables = 0;
    query(vk.vkGetPipelineExecutablePropertiesKHR(context_->device, &pipeline_info, &executables, nullptr));
    std::vector<KernelStatistic> result;
    for (uint32_t e = 0; e < executables; ++e) {
        auto info = structure<VkPipelineExecutableInfoKHR>(VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR);
        info.pipeline = pipeline_.get();
        info.executableIndex = e;
        uint32_t count = 0;
        query(vk.vkGetPipelineExecutableStatisticsKHR(context_->device, &info, &count, nullptr));
        std::vector<VkPipelineExecutableStatisticKHR> statistics(count);
        for (auto& s : statistics)
            s.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR;
        query(vk.vkGetPipelineExecutableStatisticsKHR(context_->device, &info, &count, statistics.data()));
        for (const auto& s : statistics)
            result.push_back(
                {executables > 1 ? fmt::format("{}: {}", e, s.name) : s.name, statistic_value(s)});
    }
    return result;
}

}  // namespace vkm::engine
