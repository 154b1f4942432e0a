#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace vkm::engine {

/// Names bytes [begin, end) of a buffer that a command reads, writes, or both.
struct ByteRange {
    uint64_t buffer = 0;  ///< any number that names the buffer
    uint64_t begin = 0, end = 0;
    bool reads = false, writes = false;
};

/// Decides where barriers go. It remembers what was read and written since the last barrier: a command that
/// reads what was written, or writes what was read or written, needs one. A barrier orders everything, so
/// that nothing before it need be remembered.
class HazardTracker {
  public:
    /// Remembers a command's accesses. Returns whether a barrier must come before it.
    bool needs_barrier(std::span<const ByteRange> command);

    /// Forgets everything: a barrier was placed for another reason.
    void clear() { pending_.clear(); }

  private:
    std::vector<ByteRange> pending_;
};

}  // namespace vkm::engine
