#include <engine/error.h>
#include <engine/vulkan/context.h>

#include <algorithm>
#include <array>

namespace vkm::engine {
namespace {

/// Chains the features that this program knows how to use, each only where the device can answer for it.
class Features {
  public:
    Features(const DeviceSnapshot& s, uint32_t version) {
        add(storage16, true);
        add(float16, version >= VK_API_VERSION_1_2 || s.has(VK_KHR_SHADER_FLOAT16_INT8_EXTENSION_NAME));
        add(timeline, version >= VK_API_VERSION_1_2 || s.has(VK_KHR_TIMELINE_SEMAPHORE_EXTENSION_NAME));
        add(memory_model, version >= VK_API_VERSION_1_2 || s.has(VK_KHR_VULKAN_MEMORY_MODEL_EXTENSION_NAME));
        add(size_control,
            version >= VK_API_VERSION_1_3 || s.has(VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME));
        add(executable, s.has(VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME));
        add(fault, s.has(VK_EXT_DEVICE_FAULT_EXTENSION_NAME));
        add(matrix, s.has(VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME));
        add(dot_product,
            version >= VK_API_VERSION_1_3 || s.has(VK_KHR_SHADER_INTEGER_DOT_PRODUCT_EXTENSION_NAME));
        add(bfloat16, s.has(VK_KHR_SHADER_BFLOAT16_EXTENSION_NAME));
        add(float8, s.has(VK_EXT_SHADER_FLOAT8_EXTENSION_NAME));
    }

    VkPhysicalDeviceFeatures2 root =
        structure<VkPhysicalDeviceFeatures2>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2);
    VkPhysicalDevice16BitStorageFeatures storage16 = structure<VkPhysicalDevice16BitStorageFeatures>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES);
    VkPhysicalDeviceShaderFloat16Int8Features float16 = structure<VkPhysicalDeviceShaderFloat16Int8Features>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT16_INT8_FEATURES);
    VkPhysicalDeviceTimelineSemaphoreFeatures timeline = structure<VkPhysicalDeviceTimelineSemaphoreFeatures>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES);
    VkPhysicalDeviceVulkanMemoryModelFeatures memory_model =
        structure<VkPhysicalDeviceVulkanMemoryModelFeatures>(
            VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_MEMORY_MODEL_FEATURES);
    VkPhysicalDeviceSubgroupSizeControlFeatures size_control =
        structure<VkPhysicalDeviceSubgroupSizeControlFeatures>(
            VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES);
    VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR executable =
        structure<VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR>(
            VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR);
    VkPhysicalDeviceFaultFeaturesEXT fault =
        structure<VkPhysicalDeviceFaultFeaturesEXT>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FAULT_FEATURES_EXT);
    VkPhysicalDeviceCooperativeMatrixFeaturesKHR matrix =
        structure<VkPhysicalDeviceCooperativeMatrixFeaturesKHR>(
            VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_KHR);
    VkPhysicalDeviceShaderIntegerDotProductFeatures dot_product =
        structure<VkPhysicalDeviceShaderIntegerDotProductFeatures>(
            VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_FEATURES);
    VkPhysicalDeviceShaderBfloat16FeaturesKHR bfloat16 = structure<VkPhysicalDeviceShaderBfloat16FeaturesKHR>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_BFLOAT16_FEATURES_KHR);
    VkPhysicalDeviceShaderFloat8FeaturesEXT float8 = structure<VkPhysicalDeviceShaderFloat8FeaturesEXT>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT8_FEATURES_EXT);

  private:
    template <typename T>
    void add(T& feature, bool known) {
        if (!known) return;
        feature.pNext = root.pNext;
        root.pNext = &feature;
    }
};

/// Asks for the queues of a plan: each family once, with all of it that is used.
std::vector<VkDeviceQueueCreateInfo> queues_of(const DevicePlan& plan) {
    static constexpr std::array<float, 2> priorities{1, 1};
    std::vector<VkDeviceQueueCreateInfo> queues;
    const auto add = [&](uint32_t family, uint32_t count) {
        auto queue = structure<VkDeviceQueueCreateInfo>(VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO);
        queue.queueFamilyIndex = family;
        queue.queueCount = count;
        queue.pQueuePriorities = priorities.data();
        queues.push_back(queue);
    };
    const std::optional<QueueIndex> upload = plan.upload_queue;
    const bool shared = upload && upload->family == plan.queue_family;
    add(plan.queue_family, shared ? upload->index + 1 : 1);
    if (upload && !shared) add(upload->family, upload->index + 1);
    return queues;
}

}  // namespace

Context::Context(std::shared_ptr<InstanceHandle> shared_instance, VkPhysicalDevice physical_device,
                 const DeviceSnapshot& captured, DevicePlan device_plan, std::string device_description,
                 bool is_null_device)
    : instance(std::move(shared_instance)),
      physical(physical_device),
      snapshot(captured),
      plan(std::move(device_plan)),
      description(std::move(device_description)),
      null_device(is_null_device) {
    // What the device has, and of that what the plan uses.
    Features has(snapshot, std::min(snapshot.api_version, instance->api_version));
    instance->vk.vkGetPhysicalDeviceFeatures2(physical, &has.root);
    Features use(snapshot, std::min(snapshot.api_version, instance->api_version));
    const bool matrices = !plan.cooperative_matrices.empty();
    const bool halves = plan.fp16_arithmetic || plan.native_half_stores || matrices;
    use.storage16.storageBuffer16BitAccess = halves && has.storage16.storageBuffer16BitAccess;
    use.float16.shaderFloat16 = halves && has.float16.shaderFloat16;
    use.timeline.timelineSemaphore = plan.timeline_semaphore && has.timeline.timelineSemaphore;
    use.memory_model.vulkanMemoryModel = matrices && has.memory_model.vulkanMemoryModel;
    use.size_control.subgroupSizeControl =
        plan.required_subgroup_size != 0 && has.size_control.subgroupSizeControl;
    use.size_control.computeFullSubgroups =
        use.size_control.subgroupSizeControl && has.size_control.computeFullSubgroups;
    use.executable.pipelineExecutableInfo = plan.pipeline_statistics && has.executable.pipelineExecutableInfo;
    use.fault.deviceFault = has.fault.deviceFault;
    use.matrix.cooperativeMatrix = matrices && has.matrix.cooperativeMatrix;
    use.float16.shaderInt8 = plan.int8_matrices && has.float16.shaderInt8;
    use.dot_product.shaderIntegerDotProduct =
        plan.integer_dot_product && has.dot_product.shaderIntegerDotProduct;
    use.bfloat16.shaderBFloat16Type = plan.bfloat16_matrices && has.bfloat16.shaderBFloat16Type;
    use.bfloat16.shaderBFloat16CooperativeMatrix =
        plan.bfloat16_matrices && has.bfloat16.shaderBFloat16CooperativeMatrix;
    use.float8.shaderFloat8 = plan.float8_matrices && has.float8.shaderFloat8;
    use.float8.shaderFloat8CooperativeMatrix =
        plan.float8_matrices && has.float8.shaderFloat8CooperativeMatrix;

    std::set<std::string> names(plan.extensions.begin(), plan.extensions.end());
    if (use.fault.deviceFault) names.insert(VK_EXT_DEVICE_FAULT_EXTENSION_NAME);
    // The specification demands it wherever a device has it.
    if (snapshot.has(VK_KHR_PORTABILITY_SUBSET_EXTENSION_NAME))
        names.insert(VK_KHR_PORTABILITY_SUBSET_EXTENSION_NAME);
    std::vector<const char*> extensions;
    extensions.reserve(names.size());
    for (const std::string& name : names)
        extensions.push_back(name.c_str());

    const std::vector<VkDeviceQueueCreateInfo> queues = queues_of(plan);
    auto info = structure<VkDeviceCreateInfo>(VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO);
    info.pNext = &use.root;
    info.queueCreateInfoCount = static_cast<uint32_t>(queues.size());
    info.pQueueCreateInfos = queues.data();
    info.enabledExtensionCount = static_cast<uint32_t>(extensions.size());
    info.ppEnabledExtensionNames = extensions.data();
    check(instance->vk.vkCreateDevice(physical, &info, nullptr, &device), "opening the device");
    volkLoadDeviceTable(&vk, device);
}

Context::~Context() {
    if (device) vk.vkDestroyDevice(device, nullptr);
}

void Context::name(VkObjectType type, uint64_t object, const std::string& label) const {
    if (!instance->messenger) return;
    auto info = structure<VkDebugUtilsObjectNameInfoEXT>(VK_STRUCTURE_TYPE_DEBUG_UTILS_OBJECT_NAME_INFO_EXT);
    info.objectType = type;
    info.objectHandle = object;
    info.pObjectName = label.c_str();
    instance->vk.vkSetDebugUtilsObjectNameEXT(device, &info);
}

void Context::require_execution() const {
    if (null_device)
        throw UnsupportedDevice(
            "{} is a null device: it compiles kernels and cannot run them; unset RADV_FORCE_FAMILY",
            description);
}

}  // namespace vkm::engine
