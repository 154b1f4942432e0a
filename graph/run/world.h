#pragma once

#include <cstddef>

namespace vkm::graph {

/// Counts the processes that train one model together, and says which of them this one is.
struct World {
    size_t rank = 0;
    size_t size = 1;
};

}  // namespace vkm::graph
