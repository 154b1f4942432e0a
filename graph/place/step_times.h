#pragma once

#include <graph/place/stage_order.h>

#include <cstddef>
#include <vector>

namespace vkm::graph {

/// Says how long a stage takes for one batch, in seconds, and to hand what it makes to its neighbours.
struct StageTimes {
    double forward = 0, backward = 0;
    double give_forward = 0;   ///< to the next stage
    double give_backward = 0;  ///< to the one before
};

/// Says when a turn is made in a step that begins at 0, in seconds.
struct PlannedTurn {
    StageTurn turn;
    double begin = 0, end = 0;
    double given = 0;  ///< when the neighbour has what it makes
};

/// Plans a step of so many batches over stages that work at the same time, each its turns in the order of
/// one_forward_one_backward(), as soon as what a turn needs is there. Transfers run beside the work.
std::vector<PlannedTurn> planned_turns(const std::vector<StageTimes>&, size_t batches, bool backward = true);

/// Returns when the last of them ends.
double planned_seconds(const std::vector<PlannedTurn>&);

}  // namespace vkm::graph
