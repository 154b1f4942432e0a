#pragma once

#include <cstddef>

namespace vkm::graph {

/// The processes that train one model together, and which of them this one is.
struct World {
    size_t rank = 0;
    size_t size = 1;
};

}  // namespace vkm::graph
