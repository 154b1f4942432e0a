#pragma once

#include <engine/error.h>
#include <engine/vulkan/device.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace vkm::engine {

/// Returns the Vulkan library, under the validation layer where that is installed; one for all tests of a
/// program. Null where there is no Vulkan at all. It is never destroyed: with the drivers unloaded, a leak
/// checker could not tell their leaks from ours.
inline const Instance* test_instance() {
    static const Instance* const instance = []() -> Instance* {
        try {
            return new Instance(Instance::Options{.validation = true});
        } catch (const NoVulkanLoader&) {
            return nullptr;
        } catch (const Error&) {
            return new Instance;  // no validation layer
        }
    }();
    return instance;
}

/// Fails the running test for every message of the validation layer in its lifetime.
class ExpectSilentValidation {
  public:
    explicit ExpectSilentValidation(const Instance& instance)
        : instance_(instance), before_(instance.validation_messages().size()) {}
    ExpectSilentValidation(const ExpectSilentValidation&) = delete;
    ~ExpectSilentValidation() {
        const std::vector<std::string> messages = instance_.validation_messages();
        for (size_t i = before_; i < messages.size(); ++i)
            ADD_FAILURE() << messages[i];
    }

  private:
    const Instance& instance_;
    size_t before_;
};

/// Runs `test` on every Vulkan device that can run kernels, under silent validation. Skips,
/// saying so, where there is none.
inline void on_every_device(const std::function<void(uint32_t index)>& test) {
    const Instance* instance = test_instance();
    if (!instance || instance->devices().empty()) GTEST_SKIP() << "no Vulkan device";
    for (uint32_t index = 0; index < instance->devices().size(); ++index) {
        if (instance->null_device(index)) continue;
        SCOPED_TRACE(instance->devices()[index].name);
        const ExpectSilentValidation silent(*instance);
        test(index);
    }
}

/// Returns the device for tests of what no device changes: the default one. Where that is software, it is a driver
/// that keeps what it has compiled, if there is one: SwiftShader compiles anew for every device that is opened,
/// which is nine tenths of such a test's time.
inline uint32_t test_device() {
    constexpr uint32_t google = 0x1ae0;
    const std::vector<DeviceSnapshot>& devices = test_instance()->devices();
    const uint32_t usual = test_instance()->default_device();
    if (devices[usual].type != DeviceType::cpu) return usual;
    for (uint32_t i = 0; i < devices.size(); ++i)
        if (devices[i].type == DeviceType::cpu && devices[i].vendor_id != google &&
            !test_instance()->null_device(i))
            return i;
    return usual;
}

template <typename T>
std::span<const std::byte> bytes_of(const std::vector<T>& values) {
    return std::as_bytes(std::span(values));
}

template <typename T>
std::vector<T> read_all(Device& device, const Block& block, uint64_t offset, size_t count) {
    std::vector<T> values(count);
    device.read({&block, offset, count * sizeof(T)}, std::as_writable_bytes(std::span(values)));
    return values;
}

}  // namespace vkm::engine
