#include <base/quantile.h>
#include <graph/measure/paired_comparison.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace vkm::graph {

Comparison compare(std::span<const double> standard, std::span<const double> times) {
    std::vector<double> ratios;
    for (size_t i = 0; i < std::min(standard.size(), times.size()); ++i)
        if (standard[i] > 0) ratios.push_back(times[i] / standard[i]);
    if (ratios.empty()) return {};
    // A normal distribution's interquartile range is 1.35 deviations. Its median's standard error is
    // 1.25 / sqrt(n) deviations.
    const double deviation = interquartile_range(ratios) / 1.35;
    return {median(ratios), 2 * 1.25 * deviation / std::sqrt(static_cast<double>(ratios.size()))};
}

}  // namespace vkm::graph
