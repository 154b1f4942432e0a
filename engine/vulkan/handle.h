#pragma once

#include <engine/vulkan/abandoned.h>
#include <engine/vulkan/vulkan.h>

#include <utility>

namespace vkm::engine {

/// Owns one object of a VkDevice and destroys it, unless the device was abandoned.
/// The device must outlive the handle.
template <typename T>
class Handle {
  public:
    using Destroy = void(VKAPI_PTR*)(VkDevice, T, const VkAllocationCallbacks*);

    Handle() = default;
    Handle(VkDevice device, T object, Destroy destroy)
        : device_(device), object_(object), destroy_(destroy) {}
    ~Handle() { reset(); }
    Handle(Handle&& other) noexcept
        : device_(other.device_), object_(std::exchange(other.object_, T{})), destroy_(other.destroy_) {}
    Handle& operator=(Handle&& other) noexcept {
        std::swap(device_, other.device_);
        std::swap(object_, other.object_);
        std::swap(destroy_, other.destroy_);
        return *this;
    }

    T get() const { return object_; }
    explicit operator bool() const { return object_ != T{}; }
    void reset() {
        const T object = std::exchange(object_, T{});
        if (object != T{} && !is_abandoned(device_)) destroy_(device_, object, nullptr);
    }

  private:
    VkDevice device_ = VK_NULL_HANDLE;
    T object_{};
    Destroy destroy_ = nullptr;
};

}  // namespace vkm::engine
