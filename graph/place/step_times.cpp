#include <graph/place/step_times.h>

#include <algorithm>

namespace vkm::graph {
namespace {

// Returns the turn whose result a turn needs, where there is one.
const PlannedTurn* needed_by(const StageTurn& turn, size_t stages, const std::vector<PlannedTurn>& made) {
    const bool first = turn.backward ? turn.stage + 1 == stages : turn.stage == 0;
    if (first) return nullptr;
    const StageTurn needed{turn.backward ? turn.stage + 1 : turn.stage - 1, turn.batch, turn.backward};
    const auto at = std::ranges::find(made, needed, &PlannedTurn::turn);
    return at == made.end() ? nullptr : &*at;
}

}  // namespace

std::vector<PlannedTurn> planned_turns(const std::vector<StageTimes>& stages, size_t batches, bool backward) {
    std::vector<double> free(stages.size(), 0);
    std::vector<PlannedTurn> planned;
    for (const StageTurn& turn : one_forward_one_backward(stages.size(), batches, backward)) {
        const StageTimes& times = stages[turn.stage];
        PlannedTurn next{turn, free[turn.stage], 0, 0};
        if (const PlannedTurn* const needed = needed_by(turn, stages.size(), planned))
            next.begin = std::max(next.begin, needed->given);
        next.end = next.begin + (turn.backward ? times.backward : times.forward);
        next.given = next.end + (turn.backward ? times.give_backward : times.give_forward);
        free[turn.stage] = next.end;
        planned.push_back(next);
    }
    return planned;
}

double planned_seconds(const std::vector<PlannedTurn>& turns) {
    double end = 0;
    for (const PlannedTurn& turn : turns)
        end = std::max(end, turn.end);
    return end;
}

}  // namespace vkm::graph
