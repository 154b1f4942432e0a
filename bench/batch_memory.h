#pragma once

#include <cstdint>
#include <functional>

namespace vkm::bench {

/// Says what memory a network takes: so much, and so much an image.
struct BatchMemory {
    double fixed = 0, per_image = 0;

    /// Draws the line through the needs of two batches.
    static BatchMemory through(int64_t batch, double bytes, int64_t larger_batch, double larger_bytes);
    /// Returns the largest power of two whose batch takes no more than so many bytes; 0 where one image does.
    int64_t largest_batch(double bytes) const;
};

/// Returns the largest batch, halved from one that fits the memory, whose `cost` is within so many seconds; `least` or a
/// little more where none is.
int64_t batch_within(double seconds, int64_t fits, int64_t least, const std::function<double(int64_t)>& cost);

}  // namespace vkm::bench
