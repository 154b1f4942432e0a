#pragma once

#include <train/model_snapshot.h>

namespace vkm::train {

/// Returns whether a step graph keeps a moving average of the weights (graph/weight_average.h).
bool keeps_average(const graph::Graph&);

/// Lets the average begin as what it averages, on every replica.
void begin_average(ModelOnDevices&, const graph::Graph&);

/// Returns the averaged weights, and the running statistics where they are not averaged.
ParameterValues averaged_values(ModelSnapshot&);

}  // namespace vkm::train
