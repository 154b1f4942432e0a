#pragma once

#include <graph/run/planned_device.h>

#include <support/vulkan_devices.h>

#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace vkm::test {

/// Lends a device that an earlier test had, with the kernels that were compiled for it: that is most of what a short training
/// takes. Two that are lent at once are two devices. For tests that alter nothing of a device; those that end are never
/// closed, as the instance is not (engine::test_instance).
class LentDevice {
  public:
    explicit LentDevice(uint32_t index = engine::test_device()) : index_(index), device_(take(index)) {
        if (!device_) device_ = graph::open_device(*engine::test_instance(), index);
    }
    ~LentDevice() {
        if (!device_) return;
        const std::lock_guard lock(pool().mutex);
        pool().free[index_].push_back(std::move(device_));
    }
    LentDevice(LentDevice&& other) noexcept : index_(other.index_), device_(std::move(other.device_)) {}

    graph::PlannedDevice* get() const { return device_.get(); }
    graph::PlannedDevice& operator*() const { return *device_; }
    graph::PlannedDevice* operator->() const { return device_.get(); }

  private:
    struct Pool {
        std::mutex mutex;
        std::map<uint32_t, std::vector<std::unique_ptr<graph::PlannedDevice>>> free;
    };
    static Pool& pool() {
        static Pool* const pool = new Pool;
        return *pool;
    }

    static std::unique_ptr<graph::PlannedDevice> take(uint32_t index) {
        const std::lock_guard lock(pool().mutex);
        std::vector<std::unique_ptr<graph::PlannedDevice>>& free = pool().free[index];
        if (free.empty()) return nullptr;
        std::unique_ptr<graph::PlannedDevice> device = std::move(free.back());
        free.pop_back();
        return device;
    }

    uint32_t index_;
    std::unique_ptr<graph::PlannedDevice> device_;
};

}  // namespace vkm::test
