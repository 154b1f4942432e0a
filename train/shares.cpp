#include <base/error.h>
#include <train/shares.h>

#include <algorithm>

namespace vkm::train {

std::vector<Share> split_batch(int64_t batch_size, size_t devices) {
    const auto count = static_cast<int64_t>(devices);
    if (batch_size < count)
        throw Error("a batch of {} cannot be shared by {} devices: raise --batch-size or name fewer devices",
                    batch_size, devices);
    std::vector<Share> shares;
    int64_t first = 0;
    for (int64_t i = 0; i < count; ++i) {
        const int64_t share = batch_size / count + (i < batch_size % count ? 1 : 0);
        shares.push_back({first, share});
        first += share;
    }
    return shares;
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
