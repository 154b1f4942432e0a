#include <base/quantile.h>

#include <algorithm>

namespace vkm {
namespace {

double at(const std::vector<double>& sorted, double share) {
    if (sorted.empty()) return 0;
    const double position = share * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<size_t>(position), above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

double quantile(std::vector<double> values, double share) {
    std::ranges::sort(values);
    return at(values, share);
}

double median(std::vector<double> values) {
    return quantile(std::move(values), 0.5);
}

double interquartile_range(std::vector<double> values) {
    std::ranges::sort(values);
    return at(values, 0.75) - at(values, 0.25);
}

}  // namespace vkm
