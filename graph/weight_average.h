#pragma once

#include <graph/ops/average_rate.h>

namespace vkm::graph {

/// Describes a moving average of the weights, kept beside them (EMA).
struct WeightAverage {
    ops::AverageRate rate = {};
    bool buffers = true;  ///< running statistics are averaged too
};

/// Appends the average's nodes behind the optimizer's, and what they keep: "ema.parameters", "ema.updates" and,
/// with buffers, "ema.states". Each lies as the flat buffer that it averages, and is to begin as its copy.
/// `loss` and `verdict` are the optimizer's (graph/optimizer.h).
void add_weight_average(Graph&, const WeightAverage&, ValueId loss, ValueId verdict = no_value);

/// Returns the average of a flat buffer: no_value where there is none.
ValueId average_of(const Graph&, ValueId flat);

}  // namespace vkm::graph
