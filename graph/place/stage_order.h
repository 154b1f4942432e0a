#pragma once

#include <cstddef>
#include <vector>

namespace vkm::graph {

/// Names what a stage does at a time: the forward or the backward part of one of a step's batches.
struct StageTurn {
    size_t stage = 0;
    size_t batch = 0;
    bool backward = false;

    bool operator==(const StageTurn&) const = default;
};

/// Returns the turns of a step in an order in which they can be made one behind the other. Each stage makes its own in
/// this order, at the same time as the others: first as many forward as there are stages from it to the end, then one
/// backward and one forward in turn ("1F1B": Narayanan et al. 2019, PipeDream-Flush of Narayanan et al. 2021). So stage s
/// of S holds the activations of min(S - s, batches) batches at most, and of B batches the share
/// (S - 1) / (B + S - 1) of a step's time is lost to waiting. Without `backward`: forward only.
std::vector<StageTurn> one_forward_one_backward(size_t stages, size_t batches, bool backward = true);

}  // namespace vkm::graph
