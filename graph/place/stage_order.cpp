#include <graph/place/stage_order.h>

#include <algorithm>

namespace vkm::graph {
namespace {

// Returns a stage's own turns, in order.
std::vector<StageTurn> turns_of(size_t stage, size_t stages, size_t batches, bool backward) {
    std::vector<StageTurn> turns;
    const size_t ahead = backward ? std::min(stages - stage, batches) : batches;
    for (size_t batch = 0; batch < ahead; ++batch)
        turns.push_back({stage, batch, false});
    for (size_t batch = 0; backward && batch < batches; ++batch) {
        turns.push_back({stage, batch, true});
        if (batch + ahead < batches) turns.push_back({stage, batch + ahead, false});
    }
    return turns;
}

// Returns what a turn waits for: the neighbour's turn with the same batch; none at the ends.
bool is_ready(const StageTurn& turn, size_t stages, const std::vector<StageTurn>& done) {
    const bool first = turn.backward ? turn.stage + 1 == stages : turn.stage == 0;
    if (first) return true;
    const size_t before = turn.backward ? turn.stage + 1 : turn.stage - 1;
    return std::ranges::find(done, StageTurn{before, turn.batch, turn.backward}) != done.end();
}

}  // namespace

std::vector<StageTurn> one_forward_one_backward(size_t stages, size_t batches, bool backward) {
    std::vector<std::vector<StageTurn>> waiting;
    for (size_t stage = 0; stage < stages; ++stage)
        waiting.push_back(turns_of(stage, stages, batches, backward));
    std::vector<size_t> next(stages, 0);
    std::vector<StageTurn> done;
    const size_t all = stages * batches * (backward ? 2 : 1);
    // At each tick every stage makes its next turn, where what that waits for was made before.
    while (done.size() < all) {
        const std::vector<StageTurn> before = done;
        for (size_t stage = 0; stage < stages; ++stage)
            if (next[stage] < waiting[stage].size() && is_ready(waiting[stage][next[stage]], stages, before))
                done.push_back(waiting[stage][next[stage]++]);
    }
    return done;
}

}  // namespace vkm::graph
