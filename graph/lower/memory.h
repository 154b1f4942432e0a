#pragma once

#include <graph/lower/program.h>

#include <span>
#include <vector>

namespace vkm::graph {

/// Names the commands during which a buffer holds something: [first, last], or empty (first > last) for a
/// buffer that nobody uses.
struct Lifetime {
    int32_t first = 0;
    int32_t last = -1;

    bool empty() const { return first > last; }
    bool overlaps(const Lifetime& other) const { return first <= other.last && other.first <= last; }
};

/// Returns the first and last command of every buffer of the program.
std::vector<Lifetime> lifetimes(const Program&);

/// Says where a buffer lies: in which block of the arena, at which offset.
struct Place {
    int32_t block = -1;
    int64_t offset = 0;
};

struct MemoryPlan {
    std::vector<Place> places;  ///< by buffer; block -1 where the buffer is not the arena's (or never used)
    std::vector<int64_t> block_bytes;  ///< size of every block

    int64_t total_bytes() const;
};

/// Gives every activation and scratch buffer an address, so that buffers alive at the same time do not
/// overlap: largest first, each at the lowest free offset of the first block that takes it. `keep` makes
/// every buffer live to the end (for tests that read intermediate values). Throws OutOfDeviceMemory where one
/// buffer exceeds a block.
MemoryPlan plan_memory(const Program&, int64_t block_bytes, int64_t alignment, bool keep = false);

}  // namespace vkm::graph
