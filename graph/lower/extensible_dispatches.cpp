#include <graph/lower/extensible_dispatches.h>

#include <algorithm>
#include <span>
#include <utility>

namespace vkm::graph {

const Command& ExtensibleDispatches::command_of(const Extensible& dispatch, const Program& program) {
    return dispatch.waiting ? *dispatch.waiting : program.commands.at(dispatch.emitted);
}

bool ExtensibleDispatches::touches(const Command& command, const Region& region) {
    return std::ranges::any_of(regions(command), [&](const Region& own) { return own.overlaps(region); });
}

// Returns whether a command behind the dispatch touches what it touches only as extended.
bool ExtensibleDispatches::touched_since(const Program& program, size_t emitted, const Command& extended) {
    const Command& plain = program.commands.at(emitted);
    for (const Region& region : regions(extended)) {
        if (touches(plain, region)) continue;
        for (const Command& later : std::span(program.commands).subspan(emitted + 1))
            if (touches(later, region)) return true;
    }
    return false;
}

std::vector<Command> ExtensibleDispatches::before(const Command& next) {
    const std::vector<Region> touched = regions(next);
    std::vector<Command> first;
    std::erase_if(dispatches_, [&](Extensible& dispatch) {
        const bool waits_no_more =
            dispatch.waiting && std::ranges::any_of(touched, [&](const Region& region) {
                return touches(*dispatch.waiting, region);
            });
        if (waits_no_more) first.push_back(std::move(*dispatch.waiting));
        return waits_no_more;
    });
    return first;
}

std::vector<Command> ExtensibleDispatches::rest() {
    std::vector<Command> all;
    for (Extensible& dispatch : std::exchange(dispatches_, {}))
        if (dispatch.waiting) all.push_back(std::move(*dispatch.waiting));
    return all;
}

}  // namespace vkm::graph
