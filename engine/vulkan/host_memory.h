#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace vkm::engine {

/// Owns memory of the host that devices may import (Device::import_memory). All that did see the same bytes: what one
/// device writes, another one reads without a copy between them.
class HostMemory {
  public:
    /// Allocates `bytes` and what is missing to a multiple of `alignment`, a power of two, all zero. An importing
    /// device's DevicePlan::import_alignment divides it. Throws Error where the host has no such memory.
    HostMemory(uint64_t bytes, uint64_t alignment);

    std::byte* data() const { return data_.get(); }
    uint64_t size() const { return size_; }

  private:
    struct Free {
        std::align_val_t alignment;
        void operator()(std::byte* data) const { ::operator delete(data, alignment); }
    };
    uint64_t size_;
    std::unique_ptr<std::byte, Free> data_;
};

}  // namespace vkm::engine
