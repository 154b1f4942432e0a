#pragma once

#include <engine/device.h>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <string>
#include <vector>

namespace vkm::engine {

/// The Vulkan library under the validation layer where that is installed; one for all tests of a program. Null where
/// there is no Vulkan at all.
const Instance* test_instance();

/// Runs `test` on every device that can run something, and fails it for every message of the validation layer. Skips,
/// saying so, where there is none.
void on_every_device(const std::function<void(uint32_t index)>& test);

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
