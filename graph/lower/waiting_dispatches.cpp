#include <graph/lower/waiting_dispatches.h>

#include <algorithm>
#include <utility>

namespace vkm::graph {

bool WaitingDispatches::touches(const Command& command, const Region& region) {
    return std::ranges::any_of(regions(command), [&](const Region& own) { return own.overlaps(region); });
}

std::vector<Command> WaitingDispatches::before(const Command& next) {
    const std::vector<Region> touched = regions(next);
    std::vector<Command> first;
    std::erase_if(waiting_, [&](Waiting& waiting) {
        const bool waits_no_more = std::ranges::any_of(
            touched, [&](const Region& region) { return touches(waiting.command, region); });
        if (waits_no_more) first.push_back(std::move(waiting.command));
        return waits_no_more;
    });
    return first;
}

std::vector<Command> WaitingDispatches::rest() {
    std::vector<Command> all;
    for (Waiting& waiting : std::exchange(waiting_, {}))
        all.push_back(std::move(waiting.command));
    return all;
}

}  // namespace vkm::graph
