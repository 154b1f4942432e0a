#include <graph/place/stage_order.h>
#include <graph/place/step_times.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace vkm::graph {
namespace {

std::vector<StageTurn> turns_of(const std::vector<StageTurn>& all, size_t stage) {
    std::vector<StageTurn> own;
    std::ranges::copy_if(all, std::back_inserter(own), [&](const StageTurn& t) { return t.stage == stage; });
    return own;
}

TEST(StageOrderTest, TheLastStageGoesBackAtOnceAndTheFirstRunsAhead) {
    const std::vector<StageTurn> turns = one_forward_one_backward(2, 3);
    EXPECT_EQ(turns_of(turns, 1),
              (std::vector<StageTurn>{
                  {1, 0, false}, {1, 0, true}, {1, 1, false}, {1, 1, true}, {1, 2, false}, {1, 2, true}}));
    EXPECT_EQ(turns_of(turns, 0),
              (std::vector<StageTurn>{
                  {0, 0, false}, {0, 1, false}, {0, 0, true}, {0, 2, false}, {0, 1, true}, {0, 2, true}}));
}

TEST(StageOrderTest, EveryTurnComesOnceAndBehindWhatItNeeds) {
    for (const size_t stages : {1, 2, 3, 5, 8})
        for (const size_t batches : {1, 2, 3, 7, 16}) {
            const std::vector<StageTurn> turns = one_forward_one_backward(stages, batches);
            ASSERT_EQ(turns.size(), stages * batches * 2);
            const auto at = [&](const StageTurn& turn) {
                return std::ranges::find(turns, turn) - turns.begin();
            };
            for (size_t batch = 0; batch < batches; ++batch)
                for (size_t stage = 0; stage < stages; ++stage) {
                    EXPECT_LT(at({stage, batch, false}), at({stage, batch, true}));
                    if (stage == 0) continue;
                    EXPECT_LT(at({stage - 1, batch, false}), at({stage, batch, false}));
                    EXPECT_LT(at({stage, batch, true}), at({stage - 1, batch, true}));
                }
        }
}

TEST(StageOrderTest, AStageHoldsNoMoreBatchesThanThereAreStagesBehindIt) {
    constexpr size_t stages = 4, batches = 9;
    std::map<size_t, size_t> held, most;
    for (const StageTurn& turn : one_forward_one_backward(stages, batches)) {
        held[turn.stage] += turn.backward ? -1 : 1;
        most[turn.stage] = std::max(most[turn.stage], held[turn.stage]);
    }
    for (size_t stage = 0; stage < stages; ++stage)
        EXPECT_EQ(most[stage], stages - stage);
}

// S equal stages of a second forward and two back take 3 (B + S - 1) seconds for B batches.
TEST(StepTimesTest, EqualStagesLoseWhatTheFormulaSays) {
    for (const size_t stages : {1, 2, 4})
        for (const size_t batches : {1, 4, 11}) {
            const std::vector<StageTimes> times(stages, {.forward = 1, .backward = 2});
            EXPECT_DOUBLE_EQ(planned_seconds(planned_turns(times, batches)),
                             3.0 * static_cast<double>(batches + stages - 1))
                << stages << " stages, " << batches << " batches";
        }
}

TEST(StepTimesTest, TheSlowestStageSetsThePace) {
    const std::vector<StageTimes> times{{.forward = 1, .backward = 1}, {.forward = 3, .backward = 5}};
    EXPECT_DOUBLE_EQ(planned_seconds(planned_turns(times, 10)), 1 + 10 * 8 + 1);
}

TEST(StepTimesTest, TransfersRunBesideTheWork) {
    const std::vector<StageTimes> times{{.forward = 2, .give_forward = 1}, {.forward = 2}};
    EXPECT_DOUBLE_EQ(planned_seconds(planned_turns(times, 5, false)), 2 + 1 + 5 * 2);
}

}  // namespace
}  // namespace vkm::graph
