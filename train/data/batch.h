#pragma once

#include <train/augment/source.h>
#include <train/data/dataset.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

namespace vkm::train {

/// Holds rows of a batch, in order of their position in it. Rows from `count` on are zeros, with label -1.
struct Batch {
    int64_t epoch = 0;
    int64_t number = 0;  ///< within the epoch
    int first_row = 0;  ///< the place of the first row in the whole batch, of which a process may hold a part
    int count = 0;      ///< rows that hold a sample
    int height = 0, width = 0;
    /// [rows, height, width, 3]: bytes as decoded, or normalised floats (SampleKind::tensor); or [rows] sources that
    /// become so on the device, or features (PixelType).
    std::variant<std::vector<uint8_t>, std::vector<float>, std::vector<Source>, std::vector<FeatureRow>>
        pixels;
    std::vector<int32_t> labels;  ///< [rows]
    /// [rows]: places of the samples in the data set, the key of their random numbers.
    std::vector<uint32_t> indices;

    int rows() const { return static_cast<int>(labels.size()); }
    /// Returns the bytes or floats; nothing of sources and features.
    std::span<const std::byte> pixel_bytes() const;
};

/// Moves the rows that hold a sample (`filled`, one a row) together, in order, clears those after them, and
/// counts them.
void compact(Batch&, std::span<const char> filled);

}  // namespace vkm::train
