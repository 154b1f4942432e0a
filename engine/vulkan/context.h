#pragma once

#include <engine/plan/device_plan.h>
#include <engine/vulkan/check.h>
#include <engine/vulkan/handle.h>
#include <engine/vulkan/instance_handle.h>

#include <memory>
#include <set>
#include <vector>

namespace vkm::engine {

class HostMemory;

/// Owns a VkDevice, and holds what every object on it needs. Those objects share it, so that the device
/// outlives them all.
class Context {
  public:
    Context(std::shared_ptr<InstanceHandle>, VkPhysicalDevice, const DeviceSnapshot&, DevicePlan,
            std::string description, bool null_device);
    Context(const Context&) = delete;
    ~Context();

    /// Creates an object: `make` and `destroy` are members of the function table. Throws as check() does.
    template <typename T, typename Info>
    Handle<T> create(VkResult (VKAPI_PTR* VolkDeviceTable::*make)(VkDevice, const Info*,
                                                                  const VkAllocationCallbacks*, T*),
                     void (VKAPI_PTR* VolkDeviceTable::*destroy)(VkDevice, T, const VkAllocationCallbacks*),
                     const Info& info, std::string_view operation) const {
        T object{};
        check((vk.*make)(device, &info, nullptr, &object), operation);
        return Handle<T>(device, object, vk.*destroy);
    }
    void check(VkResult result, std::string_view operation) const {
        engine::check(result, description, operation);
    }

    /// Names an object for the validation layer's messages; does nothing without the layer.
    void name(VkObjectType, uint64_t object, const std::string& label) const;

    /// Throws UnsupportedDevice on a null device: the caller is about to execute something.
    void require_execution() const;

    std::shared_ptr<InstanceHandle> instance;
    VkPhysicalDevice physical;
    DeviceSnapshot snapshot;
    DevicePlan plan;
    std::string description;  ///< "device 0 (llvmpipe)"
    bool null_device;
    VkDevice device = VK_NULL_HANDLE;
    VolkDeviceTable vk{};

    /// Mapped memory that is not coherent: flushed before every submit, invalidated after every wait.
    std::set<VkDeviceMemory> flushed, invalidated;
    /// Memory of the host that a device may use to the end of the process (abandoned.h).
    std::vector<std::shared_ptr<const HostMemory>> kept;
};

}  // namespace vkm::engine
