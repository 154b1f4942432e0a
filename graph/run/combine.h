#pragma once

#include <graph/lower/program.h>
#include <graph/run/reducer.h>
#include <graph/run/world.h>

#include <span>
#include <vector>

namespace vkm::graph {

/// Holds one reduction's host memory in this process, in the order of its devices: what each of them
/// computed, and where each finds the result.
struct ReducedRegion {
    Reduction reduction = Reduction::sum;
    std::vector<std::span<const std::byte>> contributions;
    std::vector<std::span<std::byte>> results;
};

/// Above so many bytes of a device, each process sums a part for all. Below, where the time goes into reaching the
/// others, each sums all for itself.
constexpr size_t largest_gathered_bytes = 32 << 10;

/// Returns a function that combines regions over all devices of all processes, in the order of ranks and, within one, of
/// devices. So the bits are those of one process that has all these devices. `devices`: how many each rank has.
///
/// A process of n that has D of them sends (n - 1) / n of its D regions and then its part of the sum to each of the
/// others: with one device each that is 2 (n - 1) / n regions in and out, what a ring does, in two steps.
Reducer::Combine combine_over(World&, std::vector<size_t> devices, std::vector<ReducedRegion>);

}  // namespace vkm::graph
