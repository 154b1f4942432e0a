#include <base/random.h>
#include <train/data/epoch_order.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace vkm::train {
namespace {

void shuffle_all(std::span<uint32_t> values, Random random) {
    for (size_t left = values.size(); left > 1; --left)  // Fisher-Yates
        std::swap(values[left - 1], values[random.below(static_cast<uint32_t>(left))]);
}

}  // namespace

std::vector<uint32_t> epoch_order(size_t size, bool shuffle, uint64_t seed, uint64_t epoch) {
    std::vector<uint32_t> order(size);
    std::iota(order.begin(), order.end(), 0u);
    if (shuffle) shuffle_all(order, Random(RandomStream::shuffle, {seed, epoch}));
    return order;
}

WindowedOrder windowed_epoch_order(std::span<const uint32_t> lying, size_t window, uint64_t seed,
                                   uint64_t epoch) {
    if (window >= lying.size())
        return {epoch_order(lying.size(), true, seed, epoch), {lying.begin(), lying.end()}};
    std::vector<uint32_t> windows((lying.size() + window - 1) / window);
    std::iota(windows.begin(), windows.end(), 0u);
    shuffle_all(windows, Random(RandomStream::shuffle_windows, {seed, epoch}));
    WindowedOrder order;
    for (const uint32_t number : windows) {
        const size_t first = number * window;
        const auto samples = lying.subspan(first, std::min(window, lying.size() - first));
        const size_t begin = order.visits.size();
        for (std::vector<uint32_t>* all : {&order.visits, &order.lying})
            all->insert(all->end(), samples.begin(), samples.end());
        shuffle_all(std::span(order.visits).subspan(begin),
                    Random(RandomStream::shuffle_windows, {seed, epoch, number}));
    }
    return order;
}

}  // namespace vkm::train
