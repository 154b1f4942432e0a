#include <engine/error.h>
#include <engine/log.h>
#include <engine/plan/driver_environment.h>
#include <engine/vulkan/check.h>
#include <engine/vulkan/instance_handle.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <set>

namespace vkm::engine {
namespace {

constexpr const char* validation_layer = "VK_LAYER_KHRONOS_validation";

VKAPI_ATTR VkBool32 VKAPI_CALL on_message(VkDebugUtilsMessageSeverityFlagBitsEXT,
                                          VkDebugUtilsMessageTypeFlagsEXT,
                                          const VkDebugUtilsMessengerCallbackDataEXT* data, void* log) {
    const std::string message = data->pMessage ? data->pMessage : "";
    vkm::engine::log().error("{}", message);
    static_cast<ValidationLog*>(log)->add(message);
    return VK_FALSE;
}

VkDebugUtilsMessengerCreateInfoEXT messenger_info(ValidationLog& log) {
    auto info = structure<VkDebugUtilsMessengerCreateInfoEXT>(
        VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT);
    info.messageSeverity =
        VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT;
    // Not the general ones: they are the loader's remarks on drivers it cannot use.
    info.messageType =
        VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_TYPE_PERFORMANCE_BIT_EXT;
    info.pfnUserCallback = on_message;
    info.pUserData = &log;
    return info;
}

std::set<std::string> instance_extensions(const char* layer) {
    uint32_t count = 0;
    check_loader(vkEnumerateInstanceExtensionProperties(layer, &count, nullptr), "listing extensions");
    std::vector<VkExtensionProperties> properties(count);
    check_loader(vkEnumerateInstanceExtensionProperties(layer, &count, properties.data()),
                 "listing extensions");
    std::set<std::string> names;
    for (const auto& p : properties)
        names.insert(p.extensionName);
    return names;
}

bool has_validation_layer() {
    uint32_t count = 0;
    check_loader(vkEnumerateInstanceLayerProperties(&count, nullptr), "listing layers");
    std::vector<VkLayerProperties> layers(count);
    check_loader(vkEnumerateInstanceLayerProperties(&count, layers.data()), "listing layers");
    return std::ranges::any_of(layers,
                               [](const auto& l) { return std::strcmp(l.layerName, validation_layer) == 0; });
}

void load_vulkan(bool draws) {
    static const VkResult loaded = [draws] {
        set_driver_environment(draws);
        return volkInitialize();
    }();
    if (loaded != VK_SUCCESS)
        throw NoVulkanLoader(
            "the Vulkan loader is not installed; it comes with a GPU's driver, and on Debian or Ubuntu by "
            "`apt install libvulkan1 mesa-vulkan-drivers`; `vkmbv3 doctor` says what this system lacks");
    if (volkGetInstanceVersion() < VK_API_VERSION_1_1)
        throw NoVulkanLoader(
            "the installed Vulkan loader knows Vulkan 1.0 only, and 1.1 is needed; update the GPU's driver, or "
            "libvulkan1 on Debian and Ubuntu");
}

}  // namespace

void check_loader(VkResult result, std::string_view operation) {
    if (result == VK_ERROR_OUT_OF_HOST_MEMORY)
        throw VulkanError(
            "{}: {}: {}; it says so where a driver's manifest is damaged, too: `vkmbv3 doctor` names that",
            loader_name, operation, result_name(result));
    check(result, loader_name, operation);
}

void InstanceTable::load(VkInstance instance) {
#define VKM_LOAD(NAME) NAME = reinterpret_cast<PFN_##NAME>(vkGetInstanceProcAddr(instance, #NAME));
    VKM_INSTANCE_FUNCTIONS(VKM_LOAD)
#undef VKM_LOAD
    // volkLoadDeviceTable() asks through volk's global vkGetDeviceProcAddr, which serves the devices of every
    // instance.
    static std::once_flag once;
    std::call_once(once, [&] { volkLoadInstanceOnly(instance); });
}

std::shared_ptr<InstanceHandle> InstanceHandle::create(bool validation,
                                                       std::span<const std::string> extensions_besides) {
    load_vulkan(!extensions_besides.empty());
    if (validation && !has_validation_layer())
        throw Error(
            "validation was asked for, and the layer {} is not installed; "
            "install the Vulkan SDK (Debian, Ubuntu: `apt install vulkan-validationlayers`) or unset "
            "VKMBV3_VALIDATION",
            validation_layer);

    auto handle = std::make_shared<InstanceHandle>();
    handle->validation = validation;
    handle->api_version = std::min<uint32_t>(volkGetInstanceVersion(), VK_API_VERSION_1_3);

    auto application = structure<VkApplicationInfo>(VK_STRUCTURE_TYPE_APPLICATION_INFO);
    application.pApplicationName = "vkmbv3";
    application.pEngineName = "vkmbv3";
    application.apiVersion = handle->api_version;
    auto info = structure<VkInstanceCreateInfo>(VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO);
    info.pApplicationInfo = &application;

    std::vector<const char*> extensions;
    if (instance_extensions(nullptr).contains(VK_KHR_PORTABILITY_ENUMERATION_EXTENSION_NAME)) {
        extensions.push_back(VK_KHR_PORTABILITY_ENUMERATION_EXTENSION_NAME);
        info.flags |= VK_INSTANCE_CREATE_ENUMERATE_PORTABILITY_BIT_KHR;
    }

    for (const std::string& name : extensions_besides)
        extensions.push_back(name.c_str());

    const VkValidationFeatureEnableEXT synchronization =
        VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT;
    auto features = structure<VkValidationFeaturesEXT>(VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT);
    features.enabledValidationFeatureCount = 1;
    features.pEnabledValidationFeatures = &synchronization;
    VkDebugUtilsMessengerCreateInfoEXT messenger = messenger_info(handle->log);
    if (validation) {
        extensions.push_back(VK_EXT_DEBUG_UTILS_EXTENSION_NAME);
        extensions.push_back(VK_EXT_VALIDATION_FEATURES_EXTENSION_NAME);
        info.enabledLayerCount = 1;
        info.ppEnabledLayerNames = &validation_layer;
        messenger.pNext = &features;
        info.pNext = &messenger;
    }
    info.enabledExtensionCount = static_cast<uint32_t>(extensions.size());
    info.ppEnabledExtensionNames = extensions.data();

    const VkResult result = vkCreateInstance(&info, nullptr, &handle->instance);
    if (result == VK_ERROR_INCOMPATIBLE_DRIVER) {
        // The loader found no driver: there are no devices, which default_device() and open() say.
        handle->instance = VK_NULL_HANDLE;
        return handle;
    }
    check_loader(result, "creating an instance");
    handle->vk.load(handle->instance);
    if (validation) {
        messenger.pNext = nullptr;
        check(handle->vk.vkCreateDebugUtilsMessengerEXT(handle->instance, &messenger, nullptr,
                                                        &handle->messenger),
              loader_name, "listening to validation messages");
    }
    return handle;
}

InstanceHandle::~InstanceHandle() {
    if (messenger) vk.vkDestroyDebugUtilsMessengerEXT(instance, messenger, nullptr);
    if (instance) vk.vkDestroyInstance(instance, nullptr);
}

}  // namespace vkm::engine
