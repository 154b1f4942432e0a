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
    std::ranges::sort(ratios);
    const auto at = [&](double share) {
        const double position = share * static_cast<double>(ratios.size() - 1);
        const auto below = static_cast<size_t>(position), above = std::min(below + 1, ratios.size() - 1);
        return ratios[below] + (position - static_cast<double>(below)) * (ratios[above] - ratios[below]);
    };
    // A normal distribution's interquartile range is 1.35 deviations, its median's error 1.25 / sqrt(n) of
    // one.
    const double deviation = (at(0.75) - at(0.25)) / 1.35;
    return {at(0.5), 2 * 1.25 * deviation / std::sqrt(static_cast<double>(ratios.size()))};
}

}  // namespace vkm::graph
