#include <engine/error.h>
#include <train/shares.h>

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

}  // namespace vkm::train
