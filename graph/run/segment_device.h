#pragma once

#include <cstddef>

namespace vkm::graph {

/// Carries out the actions of a schedule on one device; a fake in tests.
class SegmentDevice {
  public:
    virtual ~SegmentDevice() = default;
    /// Begins to copy a slot's inputs, where that is done beside the steps. submit() of segment 0 does it otherwise.
    virtual void upload(size_t /*slot*/) {}
    virtual void submit(size_t slot, size_t segment) = 0;
    virtual void await(size_t slot, size_t segment) = 0;
    /// Is called when the last segment of a slot's step is done.
    virtual void settled(size_t /*slot*/) {}
};

}  // namespace vkm::graph
