#pragma once

#include <graph/lower/program.h>

#include <cstddef>
#include <span>
#include <vector>

namespace vkm::graph {

/// Combines the devices' contributions, in the order given, and writes the result to every one of `results`.
///   sum: fp32 elements, accumulated in double.
///   statistics: [3][C] fp32 (mean, squared deviations M2, count), merged (Chan, Golub and LeVeque 1983):
///     n = na + nb, d = mean_b - mean_a, mean = mean_a + d nb / n, M2 = M2a + M2b + d^2 na nb / n.
///   copy: the first of them.
void reduce_on_host(Reduction, std::span<const std::span<const std::byte>> contributions,
                    std::span<const std::span<std::byte>> results);

}  // namespace vkm::graph
