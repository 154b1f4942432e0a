#include <base/error.h>
#include <bench/budget.h>

#include <algorithm>

namespace vkm::bench {

Budget::Budget(double seconds, std::vector<Part> parts, Clock clock)
    : parts_(std::move(parts)), clock_(std::move(clock)), end_(clock_() + seconds), part_end_(clock_()) {}

void Budget::begin(std::string_view part) {
    const auto from = parts_.begin() + static_cast<std::ptrdiff_t>(next_);
    const auto found = std::find_if(from, parts_.end(), [&](const Part& p) { return p.name == part; });
    if (found == parts_.end()) throw Error("a time budget has no part '{}' any more", part);
    double weights = 0;
    for (auto p = found; p != parts_.end(); ++p)
        weights += p->weight;
    part_end_ = clock_() + whole_left() * found->weight / weights;
    next_ = static_cast<size_t>(found - parts_.begin()) + 1;
}

double Budget::left() const {
    return std::max(0.0, part_end_ - clock_());
}

double Budget::whole_left() const {
    return std::max(0.0, end_ - clock_());
}

double Budget::share(size_t cases) const {
    return left() / static_cast<double>(std::max<size_t>(cases, 1));
}

}  // namespace vkm::bench
