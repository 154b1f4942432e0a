#pragma once

#include <graph/run/world.h>

#include <cstddef>
#include <vector>

namespace vkm::graph {

/// Says which processes run one model together, and how many devices each of them has. Devices are numbered over all of
/// them, in order of ranks.
struct Job {
    World* world = &one_process();
    std::vector<size_t> devices = {};  ///< by rank; not needed for one process

    bool has_others() const { return world->size() > 1; }
};

}  // namespace vkm::graph
