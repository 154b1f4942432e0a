#pragma once

#include <engine/plan/snapshot.h>

#include <cstdint>
#include <span>
#include <vector>

namespace vkm::train {

/// Names samples [first, first + count) of a global batch: one device's part.
struct Share {
    int64_t first = 0;
    int64_t count = 0;

    bool operator==(const Share&) const = default;
};

/// Returns contiguous shares, as equal as can be, the larger ones first. Throws Error where a
/// device would get nothing.
std::vector<Share> split_batch(int64_t batch_size, size_t devices);

/// Returns contiguous shares in proportion to the devices' speeds, in whole `unit`s of samples where the batch has
/// those: at least one unit for each, and what is left over to those whose share it cuts most. Throws Error where a
/// device would get nothing.
std::vector<Share> split_batch(int64_t batch_size, std::span<const double> speeds, int64_t unit = 1);

/// Returns contiguous shares of so many samples each.
std::vector<Share> shares_of(std::span<const int64_t> counts);
std::vector<int64_t> counts_of(std::span<const Share>);

/// Returns the size of the fewest batches of at most `most` samples that hold all of them, as equal as can be: the
/// last batch is computed whole, however few samples it has. At least one sample for each device.
int64_t even_batch(int64_t samples, int64_t most, size_t devices);

/// Throws Error where a device's share is odd, so that not every sample has its neighbour beside it, saying what
/// batch size would do.
void require_pairs(const std::vector<Share>&);

/// Returns the bytes of device memory for each logical device. Those of one physical device, known by its
/// UUID and name, share what it has equally. 0 where a device reports no memory of its own.
std::vector<uint64_t> split_memory(std::span<const engine::DeviceSnapshot* const> devices);

}  // namespace vkm::train
