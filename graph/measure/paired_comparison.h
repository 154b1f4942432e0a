#pragma once

#include <span>

namespace vkm::graph {

/// How long something takes relative to a standard, of times measured in turn.
struct Comparison {
    double ratio = 1;  ///< median over the rounds of time / the standard's
    double noise = 0;  ///< two standard errors of that median, from the ratios' interquartile range

    /// Whether it is faster by more than noise explains and by more than `least`, a share of the time.
    bool faster(double least) const { return 1 - ratio > least && 1 - ratio > noise; }
};

/// Compares the times of the same rounds: those at one index were measured in one. Without any round nothing
/// is faster.
Comparison compare(std::span<const double> standard, std::span<const double> times);

}  // namespace vkm::graph
