#include <base/random.h>
#include <train/data/epoch_order.h>

#include <numeric>
#include <utility>

namespace vkm::train {

std::vector<uint32_t> epoch_order(size_t size, bool shuffle, uint64_t seed, uint64_t epoch) {
    std::vector<uint32_t> order(size);
    std::iota(order.begin(), order.end(), 0u);
    if (!shuffle) return order;
    Random random(RandomStream::shuffle, {seed, epoch});
    for (size_t left = size; left > 1; --left) {  // Fisher-Yates
        std::swap(order[left - 1], order[random.below(static_cast<uint32_t>(left))]);
    }
    return order;
}

}  // namespace vkm::train
