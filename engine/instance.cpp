#include <engine/capture.h>
#include <engine/device_impl.h>
#include <engine/error.h>
#include <engine/selection.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace vkm::engine {
namespace {

constexpr const char* validation_layer = "VK_LAYER_KHRONOS_validation";
constexpr std::string_view the_loader = "the Vulkan loader";

VKAPI_ATTR VkBool32 VKAPI_CALL on_message(VkDebugUtilsMessageSeverityFlagBitsEXT,
                                          VkDebugUtilsMessageTypeFlagsEXT,
                                          const VkDebugUtilsMessengerCallbackDataEXT* data, void* log) {
    static_cast<ValidationLog*>(log)->add(data->pMessage ? data->pMessage : "");
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

bool validation_wanted(const Instance::Options& options) {
    const char* variable = std::getenv("VKMBV3_VALIDATION");
    return options.validation || (variable && std::string_view(variable) == "1");
}

std::set<std::string> instance_extensions(const char* layer) {
    uint32_t count = 0;
    check(vkEnumerateInstanceExtensionProperties(layer, &count, nullptr), the_loader, "listing extensions");
    std::vector<VkExtensionProperties> properties(count);
    check(vkEnumerateInstanceExtensionProperties(layer, &count, properties.data()), the_loader,
          "listing extensions");
    std::set<std::string> names;
    for (const auto& p : properties)
        names.insert(p.extensionName);
    return names;
}

bool has_validation_layer() {
    uint32_t count = 0;
    check(vkEnumerateInstanceLayerProperties(&count, nullptr), the_loader, "listing layers");
    std::vector<VkLayerProperties> layers(count);
    check(vkEnumerateInstanceLayerProperties(&count, layers.data()), the_loader, "listing layers");
    return std::ranges::any_of(layers,
                               [](const auto& l) { return std::strcmp(l.layerName, validation_layer) == 0; });
}

void load_vulkan() {
    static const VkResult loaded = volkInitialize();
    if (loaded != VK_SUCCESS)
        throw NoVulkanLoader(
            "the Vulkan loader (libvulkan.so.1) is not installed; install it and a driver, e.g. "
            "`apt install libvulkan1 mesa-vulkan-drivers`");
    if (volkGetInstanceVersion() < VK_API_VERSION_1_1)
        throw NoVulkanLoader(
            "the installed Vulkan loader knows Vulkan 1.0 only, and 1.1 is needed; update libvulkan1");
}

std::shared_ptr<InstanceHandle> create_instance(bool validation) {
    load_vulkan();
    if (validation && !has_validation_layer())
        throw Error(
            "validation was asked for, and the layer {} is not installed; `apt install "
            "vulkan-validationlayers` "
            "or unset VKMBV3_VALIDATION",
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
    check(result, the_loader, "creating an instance");
    volkLoadInstanceOnly(handle->instance);
    if (validation) {
        messenger.pNext = nullptr;
        check(vkCreateDebugUtilsMessengerEXT(handle->instance, &messenger, nullptr, &handle->messenger),
              the_loader, "listening to validation messages");
    }
    return handle;
}

std::vector<VkPhysicalDevice> physical_devices(VkInstance instance) {
    if (!instance) return {};
    uint32_t count = 0;
    const VkResult counted = vkEnumeratePhysicalDevices(instance, &count, nullptr);
    if (counted == VK_ERROR_INITIALIZATION_FAILED) return {};  // what loaders say where every driver refused
    check(counted, the_loader, "listing devices");
    std::vector<VkPhysicalDevice> devices(count);
    check(vkEnumeratePhysicalDevices(instance, &count, devices.data()), the_loader, "listing devices");
    devices.resize(count);
    return devices;
}

bool can_compute(const DeviceSnapshot& s) {
    return std::ranges::any_of(s.queue_families, [](const auto& f) { return f.compute && f.count > 0; });
}

}  // namespace

InstanceHandle::~InstanceHandle() {
    if (messenger) {
        // volk's global pointers belong to the instance created last, which may be one without this extension.
        const auto destroy = reinterpret_cast<PFN_vkDestroyDebugUtilsMessengerEXT>(
            vkGetInstanceProcAddr(instance, "vkDestroyDebugUtilsMessengerEXT"));
        destroy(instance, messenger, nullptr);
    }
    if (instance) vkDestroyInstance(instance, nullptr);
}

struct Instance::Impl {
    std::shared_ptr<InstanceHandle> handle;
    std::vector<VkPhysicalDevice> physical;
    std::vector<DeviceSnapshot> snapshots;
    std::vector<bool> null_device;

    std::unique_ptr<Device> open(uint32_t index, DevicePlan plan) const {
        auto context = std::make_shared<Context>(handle, physical[index], snapshots[index], std::move(plan),
                                                 fmt::format("device {} ({})", index, snapshots[index].name),
                                                 null_device[index]);
        return std::unique_ptr<Device>(new Device(std::make_unique<Device::Impl>(std::move(context))));
    }

    const DeviceSnapshot& at(uint32_t index) const {
        if (snapshots.empty()) throw no_device();
        if (index >= snapshots.size())
            throw NoDevice("there is no device {}: `vkmbv3 devices` lists 0 to {}", index,
                           snapshots.size() - 1);
        return snapshots[index];
    }

    static NoDevice no_device() {
        return NoDevice(
            "no Vulkan device was found; install a driver for your GPU, or `apt install mesa-vulkan-drivers` "
            "to "
            "run on the CPU");
    }
};

Instance::Instance() : Instance(Options{}) {}

Instance::Instance(const Options& options) : impl_(std::make_unique<Impl>()) {
    impl_->handle = create_instance(validation_wanted(options));
    std::vector<VkPhysicalDevice> physical;
    std::vector<CapturedDevice> captured;
    for (const VkPhysicalDevice device : physical_devices(impl_->handle->instance)) {
        try {
            CapturedDevice c = capture(impl_->handle->instance, device, impl_->handle->api_version);
            if (!can_compute(c.snapshot)) continue;
            captured.push_back(std::move(c));
            physical.push_back(device);
        } catch (const Error& error) {
            // One bad driver must not keep the others from working.
            spdlog::warn("a device is left out: {}", error.what());
        }
    }
    std::vector<DeviceSnapshot> all;
    for (const CapturedDevice& c : captured)
        all.push_back(c.snapshot);
    for (const size_t i : distinct_devices(all)) {
        impl_->physical.push_back(physical[i]);
        impl_->snapshots.push_back(all[i]);
        impl_->null_device.push_back(captured[i].null_device);
    }
}

Instance::~Instance() = default;
Instance::Instance(Instance&&) noexcept = default;

const std::vector<DeviceSnapshot>& Instance::devices() const {
    return impl_->snapshots;
}

bool Instance::null_device(uint32_t index) const {
    impl_->at(index);
    return impl_->null_device[index];
}

uint32_t Instance::default_device() const {
    if (impl_->snapshots.empty()) throw Impl::no_device();
    std::string refused;
    for (const size_t i : by_kind(impl_->snapshots)) {
        if (impl_->null_device[i]) continue;
        try {
            plan_device(impl_->snapshots[i], known_quirks());
            return static_cast<uint32_t>(i);
        } catch (const UnsupportedDevice& error) {
            if (refused.empty()) refused = error.what();
        }
    }
    if (refused.empty())
        throw NoDevice(
            "the devices present only compile (RADV_FORCE_FAMILY is set) and cannot run; unset it, or choose "
            "one "
            "with --device for `selfcheck --compile-only`");
    throw NoDevice("no device present is supported: {}", refused);
}

std::unique_ptr<Device> Instance::open(uint32_t index, const PlanOptions& options) const {
    return impl_->open(index, plan_device(impl_->at(index), known_quirks(), options));
}

std::unique_ptr<Device> Instance::open_planned(uint32_t index, DevicePlan plan) const {
    impl_->at(index);
    return impl_->open(index, std::move(plan));
}

std::vector<std::string> Instance::validation_messages() const {
    return impl_->handle->log.messages();
}

}  // namespace vkm::engine
