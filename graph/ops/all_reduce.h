#pragma once

#include <graph/lower/program.h>
#include <graph/operator.h>

namespace vkm::graph::ops {

struct AllReduce {
    Reduction reduction = Reduction::sum;
};

/// Combines input 0 over all replicas, in place, on the host: a node where the devices of a data-parallel
/// step meet. With one replica it changes nothing.
std::shared_ptr<const Operator> all_reduce(Reduction);

}  // namespace vkm::graph::ops
