#include <base/error.h>
#include <train/shares.h>

#include <algorithm>
#include <numeric>

namespace vkm::train {

std::vector<Share> split_batch(int64_t batch_size, size_t devices) {
    return split_batch(batch_size, std::vector<double>(devices, 1.0));
}

std::vector<Share> split_batch(int64_t batch_size, std::span<const double> speeds, int64_t unit) {
    const auto devices = static_cast<int64_t>(speeds.size());
    if (batch_size < devices)
        throw Error("a batch of {} cannot be shared by {} devices: raise --batch-size or name fewer devices",
                    batch_size, devices);
    if (batch_size < devices * unit) unit = 1;
    const int64_t units = batch_size / unit;
    const double all = std::accumulate(speeds.begin(), speeds.end(), 0.0);
    std::vector<double> exact;
    std::vector<int64_t> counts;
    for (const double speed : speeds) {
        exact.push_back(static_cast<double>(units) * speed / all);
        counts.push_back(std::max<int64_t>(1, static_cast<int64_t>(exact.back())));
    }
    // One at a time: to the device that lacks most, or from the one that has most too much.
    for (int64_t left = units - std::accumulate(counts.begin(), counts.end(), int64_t{0}); left != 0;
         left += left > 0 ? -1 : 1) {
        size_t chosen = 0;
        const auto lacks = [&](size_t i) { return exact[i] - static_cast<double>(counts[i]); };
        for (size_t i = 1; i < counts.size(); ++i) {
            const bool may = left > 0 || counts[i] > 1;
            const bool better = left > 0 ? lacks(i) > lacks(chosen) : lacks(i) < lacks(chosen);
            if (may && (better || (left < 0 && counts[chosen] == 1))) chosen = i;
        }
        counts[chosen] += left > 0 ? 1 : -1;
    }
    for (int64_t& count : counts)
        count *= unit;
    counts.back() += batch_size % unit;
    return shares_of(counts);
}

std::vector<Share> shares_of(std::span<const int64_t> counts) {
    std::vector<Share> shares;
    int64_t first = 0;
    for (const int64_t count : counts) {
        shares.push_back({first, count});
        first += count;
    }
    return shares;
}

std::vector<int64_t> counts_of(std::span<const Share> shares) {
    std::vector<int64_t> counts;
    for (const Share& share : shares)
        counts.push_back(share.count);
    return counts;
}

int64_t even_batch(int64_t samples, int64_t most, size_t devices) {
    const auto divide = [](int64_t a, int64_t b) { return (a + b - 1) / b; };
    const int64_t batches = std::max<int64_t>(1, divide(samples, most));
    return std::clamp(divide(samples, batches), std::min(most, static_cast<int64_t>(devices)), most);
}

void require_pairs(const std::vector<Share>& shares) {
    if (std::ranges::all_of(shares, [](const Share& share) { return share.count % 2 == 0; })) return;
    const auto pair = 2 * static_cast<int64_t>(shares.size());
    const int64_t batch = shares.back().first + shares.back().count;
    throw Error(
        "--mixup and --cutmix mix neighbours of a batch, and a batch of {} gives a device an odd share: use "
        "--batch-size {}",
        batch, std::max(batch / pair, int64_t{1}) * pair);
}

std::vector<uint64_t> split_memory(std::span<const engine::DeviceSnapshot* const> devices) {
    std::vector<uint64_t> bytes;
    for (const engine::DeviceSnapshot* device : devices) {
        const auto sharing = std::ranges::count_if(devices, [&](const engine::DeviceSnapshot* other) {
            return other->device_uuid == device->device_uuid && other->name == device->name;
        });
        bytes.push_back(device->device_memory_bytes() / static_cast<uint64_t>(sharing));
    }
    return bytes;
}

}  // namespace vkm::train
