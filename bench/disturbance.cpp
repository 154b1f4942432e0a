#include <base/quantile.h>
#include <bench/disturbance.h>

#include <fmt/format.h>

#include <algorithm>

namespace vkm::bench {

Disturbance disturbance_between(const ProcessorTimes& before, const ProcessorTimes& after) {
    const double all = after.all - before.all;
    if (all <= 0) return {};
    // The two counters move in steps of their own.
    const double others = (after.busy - before.busy) - (after.mine - before.mine);
    return {.others = std::clamp(others / all, 0.0, 1.0),
            .stolen = std::clamp((after.stolen - before.stolen) / all, 0.0, 1.0)};
}

bool is_disturbed(const Disturbance& seen, double most, bool on_processors) {
    return seen.slower > most || (on_processors && seen.others + seen.stolen > most);
}

std::string in_words(const Disturbance& seen) {
    std::string text = fmt::format("{:.0f} % slower", 100 * seen.slower);
    if (seen.others >= 0.01) text += fmt::format(", {:.0f} % of the cores for others", 100 * seen.others);
    if (seen.stolen >= 0.01) text += fmt::format(", {:.0f} % stolen", 100 * seen.stolen);
    return text;
}

void DisturbanceWatch::look(double microseconds, const std::optional<ProcessorTimes>& processors) {
    looks_.push_back({microseconds, processors});
}

Disturbance DisturbanceWatch::between(size_t first, size_t last) const {
    const Look &before = looks_.at(first), &after = looks_.at(last);
    Disturbance seen;
    if (before.processors && after.processors)
        seen = disturbance_between(*before.processors, *after.processors);
    std::vector<double> times;
    for (const Look& look : looks_)
        times.push_back(look.microseconds);
    const auto from = times.begin() + static_cast<std::ptrdiff_t>(first);
    const double longest = *std::max_element(from, times.begin() + static_cast<std::ptrdiff_t>(last) + 1);
    const double usual = quantile(times, 0.25);
    if (usual > 0) seen.slower = std::max(0.0, longest / usual - 1);
    return seen;
}

}  // namespace vkm::bench
