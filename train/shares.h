#pragma once

#include <cstdint>
#include <vector>

namespace vkm::train {

/// Samples [first, first + count) of a global batch: one device's part.
struct Share {
    int64_t first = 0;
    int64_t count = 0;

    bool operator==(const Share&) const = default;
};

/// Contiguous shards, as equal as can be, the larger ones first. Throws Error where a device would get
/// nothing.
std::vector<Share> split_batch(int64_t batch_size, size_t devices);

}  // namespace vkm::train
