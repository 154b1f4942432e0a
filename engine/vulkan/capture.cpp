#include <engine/vulkan/capture.h>
#include <engine/vulkan/check.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace vkm::engine {
namespace {

constexpr VkMemoryPropertyFlags known_memory_properties =
    VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT | VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
    VK_MEMORY_PROPERTY_HOST_COHERENT_BIT | VK_MEMORY_PROPERTY_HOST_CACHED_BIT |
    VK_MEMORY_PROPERTY_LAZILY_ALLOCATED_BIT;

/// Holds what vendors' extensions tell of processors.
struct VendorProcessors {
    VkPhysicalDeviceShaderSMBuiltinsPropertiesNV nvidia =
        structure<VkPhysicalDeviceShaderSMBuiltinsPropertiesNV>(
            VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_SM_BUILTINS_PROPERTIES_NV);
    VkPhysicalDeviceShaderCorePropertiesAMD amd = structure<VkPhysicalDeviceShaderCorePropertiesAMD>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_CORE_PROPERTIES_AMD);
    VkPhysicalDeviceShaderCoreProperties2AMD amd2 = structure<VkPhysicalDeviceShaderCoreProperties2AMD>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_CORE_PROPERTIES_2_AMD);
    VkPhysicalDeviceShaderCoreBuiltinsPropertiesARM arm_cores =
        structure<VkPhysicalDeviceShaderCoreBuiltinsPropertiesARM>(
            VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_CORE_BUILTINS_PROPERTIES_ARM);
    VkPhysicalDeviceShaderCorePropertiesARM arm_rates = structure<VkPhysicalDeviceShaderCorePropertiesARM>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_CORE_PROPERTIES_ARM);
};

DeviceSnapshot::Processors processors(const VendorProcessors& told) {
    const uint32_t units = told.amd.shaderEngineCount * told.amd.shaderArraysPerEngineCount *
                           told.amd.computeUnitsPerShaderArray;
    return {
        .count = std::max({told.nvidia.shaderSMCount, told.arm_cores.shaderCoreCount,
                           told.amd2.activeComputeUnitCount != 0 ? told.amd2.activeComputeUnitCount : units}),
        .subgroups = std::max({told.nvidia.shaderWarpsPerSM, told.arm_cores.shaderWarpsPerCore,
                               told.amd.simdPerComputeUnit * told.amd.wavefrontsPerSimd}),
        .simds = told.amd.simdPerComputeUnit,
        .registers = told.amd.vgprsPerSimd,
        .multiply_adds = told.arm_rates.fmaRate};
}

/// Appends structures to a pNext chain.
class Chain {
  public:
    explicit Chain(void* first) : last_(static_cast<VkBaseOutStructure*>(first)) {}
    template <typename T>
    void add(T& next) {
        last_->pNext = reinterpret_cast<VkBaseOutStructure*>(&next);
        last_ = last_->pNext;
    }

  private:
    VkBaseOutStructure* last_;
};

DeviceType device_type(VkPhysicalDeviceType type) {
    switch (type) {
        case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
            return DeviceType::integrated;
        case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
            return DeviceType::discrete;
        case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
            return DeviceType::virtual_gpu;
        case VK_PHYSICAL_DEVICE_TYPE_CPU:
            return DeviceType::cpu;
        default:
            return DeviceType::other;
    }
}

std::string component_name(VkComponentTypeKHR type) {
    static constexpr std::pair<VkComponentTypeKHR, const char*> names[] = {
        {VK_COMPONENT_TYPE_FLOAT16_KHR, "float16"}, {VK_COMPONENT_TYPE_FLOAT32_KHR, "float32"},
        {VK_COMPONENT_TYPE_FLOAT64_KHR, "float64"}, {VK_COMPONENT_TYPE_SINT8_KHR, "sint8"},
        {VK_COMPONENT_TYPE_SINT16_KHR, "sint16"},   {VK_COMPONENT_TYPE_SINT32_KHR, "sint32"},
        {VK_COMPONENT_TYPE_SINT64_KHR, "sint64"},   {VK_COMPONENT_TYPE_UINT8_KHR, "uint8"},
        {VK_COMPONENT_TYPE_UINT16_KHR, "uint16"},   {VK_COMPONENT_TYPE_UINT32_KHR, "uint32"},
        {VK_COMPONENT_TYPE_UINT64_KHR, "uint64"},   {component_bfloat16, "bfloat16"},
        {component_float8_e4m3, "float8_e4m3"},     {component_float8_e5m2, "float8_e5m2"}};
    const auto known = std::ranges::find(names, type, &std::pair<VkComponentTypeKHR, const char*>::first);
    return known != std::end(names) ? known->second : "component " + std::to_string(static_cast<int>(type));
}

std::set<std::string> extensions(const InstanceTable& vk, VkPhysicalDevice physical,
                                 const std::string& device) {
    uint32_t count = 0;
    check(vk.vkEnumerateDeviceExtensionProperties(physical, nullptr, &count, nullptr), device,
          "listing extensions");
    std::vector<VkExtensionProperties> properties(count);
    check(vk.vkEnumerateDeviceExtensionProperties(physical, nullptr, &count, properties.data()), device,
          "listing extensions");
    std::set<std::string> names;
    for (const VkExtensionProperties& p : properties)
        names.insert(p.extensionName);
    return names;
}

DeviceSnapshot::Limits limits_of(const VkPhysicalDeviceLimits& l) {
    DeviceSnapshot::Limits limits;
    limits.max_workgroup_invocations = l.maxComputeWorkGroupInvocations;
    std::copy_n(l.maxComputeWorkGroupSize, 3, limits.max_workgroup_size.begin());
    std::copy_n(l.maxComputeWorkGroupCount, 3, limits.max_workgroup_count.begin());
    limits.max_shared_memory_bytes = l.maxComputeSharedMemorySize;
    limits.max_push_constants_bytes = l.maxPushConstantsSize;
    limits.max_storage_buffers_per_stage =
        std::min(l.maxPerStageDescriptorStorageBuffers, l.maxDescriptorSetStorageBuffers);
    limits.max_storage_images_per_stage =
        std::min(l.maxPerStageDescriptorStorageImages, l.maxDescriptorSetStorageImages);
    limits.max_resources_per_stage = l.maxPerStageResources;
    limits.max_storage_buffer_range = l.maxStorageBufferRange;
    limits.max_texel_buffer_elements = l.maxTexelBufferElements;
    limits.min_storage_buffer_offset_alignment = l.minStorageBufferOffsetAlignment;
    limits.min_texel_buffer_offset_alignment = l.minTexelBufferOffsetAlignment;
    limits.non_coherent_atom_bytes = l.nonCoherentAtomSize;
    limits.timestamp_period_ns = l.timestampPeriod;
    return limits;
}

void capture_memory(const InstanceTable& vk, VkPhysicalDevice physical, bool budget, DeviceSnapshot& s) {
    auto budgets = structure<VkPhysicalDeviceMemoryBudgetPropertiesEXT>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT);
    auto memory =
        structure<VkPhysicalDeviceMemoryProperties2>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2);
    if (budget) memory.pNext = &budgets;
    vk.vkGetPhysicalDeviceMemoryProperties2(physical, &memory);
    const VkPhysicalDeviceMemoryProperties& m = memory.memoryProperties;
    for (uint32_t i = 0; i < m.memoryTypeCount; ++i) {
        VkMemoryPropertyFlags flags = m.memoryTypes[i].propertyFlags;
        // Protected and AMD's uncached memory may only be allocated with features that are not enabled: such
        // a type keeps its index and is good for nothing.
        if ((flags & ~known_memory_properties) != 0) flags = 0;
        s.memory_types.push_back({m.memoryTypes[i].heapIndex,
                                  (flags & VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT) != 0,
                                  (flags & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT) != 0,
                                  (flags & VK_MEMORY_PROPERTY_HOST_COHERENT_BIT) != 0,
                                  (flags & VK_MEMORY_PROPERTY_HOST_CACHED_BIT) != 0});
    }
    for (uint32_t i = 0; i < m.memoryHeapCount; ++i) {
        s.memory_heaps.push_back(m.memoryHeaps[i].size);
        if (!budget) continue;
        const uint64_t used = std::min(budgets.heapUsage[i], budgets.heapBudget[i]);
        s.memory_heap_budgets.push_back(budgets.heapBudget[i] - used);
    }
}

void capture_queues(const InstanceTable& vk, VkPhysicalDevice physical, DeviceSnapshot& s) {
    uint32_t count = 0;
    vk.vkGetPhysicalDeviceQueueFamilyProperties(physical, &count, nullptr);
    std::vector<VkQueueFamilyProperties> families(count);
    vk.vkGetPhysicalDeviceQueueFamilyProperties(physical, &count, families.data());
    for (const VkQueueFamilyProperties& f : families) {
        const bool compute = (f.queueFlags & VK_QUEUE_COMPUTE_BIT) != 0;
        const bool graphics = (f.queueFlags & VK_QUEUE_GRAPHICS_BIT) != 0;
        // Compute and graphics queues can transfer whether or not they say so.
        const bool transfer = compute || graphics || (f.queueFlags & VK_QUEUE_TRANSFER_BIT) != 0;
        s.queue_families.push_back({compute, graphics, transfer, f.queueCount, f.timestampValidBits});
    }
}

void capture_cooperative_matrices(const InstanceTable& vk, VkPhysicalDevice physical, DeviceSnapshot& s) {
    const auto query = vk.vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR;
    if (!query) return;
    auto stages = structure<VkPhysicalDeviceCooperativeMatrixPropertiesKHR>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_PROPERTIES_KHR);
    auto properties = structure<VkPhysicalDeviceProperties2>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2);
    properties.pNext = &stages;
    vk.vkGetPhysicalDeviceProperties2(physical, &properties);
    if ((stages.cooperativeMatrixSupportedStages & VK_SHADER_STAGE_COMPUTE_BIT) == 0) return;
    uint32_t count = 0;
    check(query(physical, &count, nullptr), s.name, "listing cooperative matrices");
    std::vector<VkCooperativeMatrixPropertiesKHR> shapes(count);
    for (auto& shape : shapes)
        shape.sType = VK_STRUCTURE_TYPE_COOPERATIVE_MATRIX_PROPERTIES_KHR;
    check(query(physical, &count, shapes.data()), s.name, "listing cooperative matrices");
    for (const auto& p : shapes)
        s.cooperative_matrices.push_back({p.MSize, p.NSize, p.KSize, component_name(p.AType),
                                          component_name(p.BType), component_name(p.CType),
                                          component_name(p.ResultType), p.scope == VK_SCOPE_SUBGROUP_KHR});
}

}  // namespace

CapturedDevice capture(const InstanceHandle& handle, VkPhysicalDevice physical) {
    const InstanceTable& vk = handle.vk;
    CapturedDevice captured;
    DeviceSnapshot& s = captured.snapshot;

    VkPhysicalDeviceProperties basic;
    vk.vkGetPhysicalDeviceProperties(physical, &basic);
    s.name = basic.deviceName;
    s.type = device_type(basic.deviceType);
    s.vendor_id = basic.vendorID;
    s.device_id = basic.deviceID;
    s.api_version = basic.apiVersion;
    s.driver_version = basic.driverVersion;
    std::copy_n(basic.pipelineCacheUUID, VK_UUID_SIZE, s.pipeline_cache_uuid.begin());
    s.limits = limits_of(basic.limits);
    s.extensions = extensions(vk, physical, s.name);
    capture_queues(vk, physical, s);
    // A Vulkan 1.0 device is below the baseline and cannot answer what follows; plan_device() says so.
    if (basic.apiVersion < VK_API_VERSION_1_1) return captured;

    const uint32_t version = std::min(basic.apiVersion, handle.api_version);
    const bool core_1_2 = version >= VK_API_VERSION_1_2, core_1_3 = version >= VK_API_VERSION_1_3;
    const bool driver_known = core_1_2 || s.has(VK_KHR_DRIVER_PROPERTIES_EXTENSION_NAME);
    const bool maintenance4_known = core_1_3 || s.has(VK_KHR_MAINTENANCE_4_EXTENSION_NAME);
    const bool dot_product_known = core_1_3 || s.has(VK_KHR_SHADER_INTEGER_DOT_PRODUCT_EXTENSION_NAME);
    const bool size_control_known = core_1_3 || s.has(VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME);

    auto ids = structure<VkPhysicalDeviceIDProperties>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES);
    auto subgroup =
        structure<VkPhysicalDeviceSubgroupProperties>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES);
    auto maintenance3 = structure<VkPhysicalDeviceMaintenance3Properties>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES);
    auto driver =
        structure<VkPhysicalDeviceDriverProperties>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES);
    auto sizes = structure<VkPhysicalDeviceSubgroupSizeControlProperties>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES);
    auto maintenance4 = structure<VkPhysicalDeviceMaintenance4Properties>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_4_PROPERTIES);
    auto float_controls = structure<VkPhysicalDeviceFloatControlsProperties>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FLOAT_CONTROLS_PROPERTIES);
    auto dot_product = structure<VkPhysicalDeviceShaderIntegerDotProductProperties>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_PROPERTIES);
    auto host_memory = structure<VkPhysicalDeviceExternalMemoryHostPropertiesEXT>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_MEMORY_HOST_PROPERTIES_EXT);
    auto properties = structure<VkPhysicalDeviceProperties2>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2);
    Chain property_chain(&properties);
    property_chain.add(ids);
    property_chain.add(subgroup);
    property_chain.add(maintenance3);
    if (driver_known) property_chain.add(driver);
    if (size_control_known) property_chain.add(sizes);
    if (maintenance4_known) property_chain.add(maintenance4);
    if (core_1_2 || s.has(VK_KHR_SHADER_FLOAT_CONTROLS_EXTENSION_NAME)) property_chain.add(float_controls);
    if (dot_product_known) property_chain.add(dot_product);
    if (s.has(VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME)) property_chain.add(host_memory);
    VendorProcessors told;
    if (s.has(VK_NV_SHADER_SM_BUILTINS_EXTENSION_NAME)) property_chain.add(told.nvidia);
    if (s.has(VK_AMD_SHADER_CORE_PROPERTIES_EXTENSION_NAME)) property_chain.add(told.amd);
    if (s.has(VK_AMD_SHADER_CORE_PROPERTIES_2_EXTENSION_NAME)) property_chain.add(told.amd2);
    if (s.has(VK_ARM_SHADER_CORE_BUILTINS_EXTENSION_NAME)) property_chain.add(told.arm_cores);
    if (s.has(VK_ARM_SHADER_CORE_PROPERTIES_EXTENSION_NAME)) property_chain.add(told.arm_rates);
    vk.vkGetPhysicalDeviceProperties2(physical, &properties);

    std::copy_n(ids.deviceUUID, VK_UUID_SIZE, s.device_uuid.begin());
    std::copy_n(ids.driverUUID, VK_UUID_SIZE, s.driver_uuid.begin());
    s.limits.max_allocation_bytes = maintenance3.maxMemoryAllocationSize;
    s.limits.min_imported_host_pointer_alignment = host_memory.minImportedHostPointerAlignment;
    if (maintenance4_known) s.limits.max_buffer_bytes = maintenance4.maxBufferSize;
    if (driver_known) {
        s.driver_id = driver.driverID;
        s.driver_name = driver.driverName;
        s.driver_info = driver.driverInfo;
    }
    captured.null_device =
        s.driver_id == VK_DRIVER_ID_MESA_RADV && std::getenv("RADV_FORCE_FAMILY") != nullptr;

    auto storage16 = structure<VkPhysicalDevice16BitStorageFeatures>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES);
    auto float16 = structure<VkPhysicalDeviceShaderFloat16Int8Features>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT16_INT8_FEATURES);
    auto timeline = structure<VkPhysicalDeviceTimelineSemaphoreFeatures>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES);
    auto size_control = structure<VkPhysicalDeviceSubgroupSizeControlFeatures>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES);
    auto executable = structure<VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR);
    auto fault =
        structure<VkPhysicalDeviceFaultFeaturesEXT>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FAULT_FEATURES_EXT);
    auto memory_model = structure<VkPhysicalDeviceVulkanMemoryModelFeatures>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_MEMORY_MODEL_FEATURES);
    auto matrix = structure<VkPhysicalDeviceCooperativeMatrixFeaturesKHR>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_KHR);
    auto dot_product_feature = structure<VkPhysicalDeviceShaderIntegerDotProductFeatures>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_FEATURES);
    auto bfloat16 = structure<VkPhysicalDeviceShaderBfloat16FeaturesKHR>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_BFLOAT16_FEATURES_KHR);
    auto float8 = structure<VkPhysicalDeviceShaderFloat8FeaturesEXT>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT8_FEATURES_EXT);
    auto features = structure<VkPhysicalDeviceFeatures2>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2);
    Chain feature_chain(&features);
    feature_chain.add(storage16);
    if (core_1_2 || s.has(VK_KHR_SHADER_FLOAT16_INT8_EXTENSION_NAME)) feature_chain.add(float16);
    if (core_1_2 || s.has(VK_KHR_TIMELINE_SEMAPHORE_EXTENSION_NAME)) feature_chain.add(timeline);
    if (size_control_known) feature_chain.add(size_control);
    if (s.has(VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME)) feature_chain.add(executable);
    if (s.has(VK_EXT_DEVICE_FAULT_EXTENSION_NAME)) feature_chain.add(fault);
    if (core_1_2 || s.has(VK_KHR_VULKAN_MEMORY_MODEL_EXTENSION_NAME)) feature_chain.add(memory_model);
    if (s.has(VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME)) feature_chain.add(matrix);
    if (dot_product_known) feature_chain.add(dot_product_feature);
    if (s.has(VK_KHR_SHADER_BFLOAT16_EXTENSION_NAME)) feature_chain.add(bfloat16);
    if (s.has(VK_EXT_SHADER_FLOAT8_EXTENSION_NAME)) feature_chain.add(float8);
    vk.vkGetPhysicalDeviceFeatures2(physical, &features);

    s.features.shader_float16 = float16.shaderFloat16;
    s.features.shader_int8 = float16.shaderInt8;
    s.features.storage_buffer_16bit = storage16.storageBuffer16BitAccess;
    s.features.vulkan_memory_model = memory_model.vulkanMemoryModel;
    s.features.timeline_semaphore = timeline.timelineSemaphore;
    s.features.pipeline_executable_info = executable.pipelineExecutableInfo;
    s.features.device_fault = fault.deviceFault;
    s.features.half_rounds_to_nearest = float_controls.shaderRoundingModeRTEFloat16;
    s.features.half_keeps_subnormals =
        float_controls.shaderDenormPreserveFloat16 &&
        float_controls.denormBehaviorIndependence != VK_SHADER_FLOAT_CONTROLS_INDEPENDENCE_NONE &&
        float_controls.roundingModeIndependence != VK_SHADER_FLOAT_CONTROLS_INDEPENDENCE_NONE;
    s.features.packed_dot_product = dot_product.integerDotProduct4x8BitPackedMixedSignednessAccelerated;
    s.features.signed_dot_product = dot_product.integerDotProduct4x8BitPackedSignedAccelerated;
    s.features.integer_dot_product = dot_product_feature.shaderIntegerDotProduct;
    s.features.bfloat16_matrices = bfloat16.shaderBFloat16Type && bfloat16.shaderBFloat16CooperativeMatrix;
    s.features.float8_matrices = float8.shaderFloat8 && float8.shaderFloat8CooperativeMatrix;
    s.processors = processors(told);
    s.features.robust_buffer_access = features.features.robustBufferAccess;
    // The null device has no memory behind it, and RADV's budget query crashes on it.
    s.features.memory_budget = s.has(VK_EXT_MEMORY_BUDGET_EXTENSION_NAME) && !captured.null_device;

    s.subgroup.size = s.subgroup.min_size = s.subgroup.max_size = subgroup.subgroupSize;
    s.subgroup.stages = subgroup.supportedStages;
    s.subgroup.operations = subgroup.supportedOperations;
    if (size_control_known && size_control.subgroupSizeControl) {
        s.subgroup.min_size = sizes.minSubgroupSize;
        s.subgroup.max_size = sizes.maxSubgroupSize;
        s.subgroup.size_control = (sizes.requiredSubgroupSizeStages & VK_SHADER_STAGE_COMPUTE_BIT) != 0;
        s.subgroup.full_subgroups = size_control.computeFullSubgroups;
    }
    if (matrix.cooperativeMatrix) capture_cooperative_matrices(vk, physical, s);
    capture_memory(vk, physical, s.features.memory_budget, s);
    return captured;
}

}  // namespace vkm::engine
