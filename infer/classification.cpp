#include <infer/classification.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace vkm::infer {

Classification classification_of(std::vector<double> logits, size_t count,
                                 std::span<const std::string> names) {
    // The largest is subtracted so that exp() does not overflow: it cancels out.
    const double largest = *std::ranges::max_element(logits);
    double sum = 0;
    for (const double logit : logits)
        sum += std::exp(logit - largest);
    std::vector<size_t> order(logits.size());
    std::iota(order.begin(), order.end(), size_t{0});
    const size_t kept = std::min(count, order.size());
    // Equal logits stay in the order of their classes.
    std::ranges::partial_sort(order, order.begin() + static_cast<ptrdiff_t>(kept), [&](size_t a, size_t b) {
        return logits[a] != logits[b] ? logits[a] > logits[b] : a < b;
    });
    order.resize(kept);
    Classification result;
    for (const size_t label : order)
        result.top.push_back({static_cast<int64_t>(label),
                              label < names.size() ? names[label] : std::to_string(label),
                              std::exp(logits[label] - largest) / sum});
    result.logits = std::move(logits);
    return result;
}

}  // namespace vkm::infer
