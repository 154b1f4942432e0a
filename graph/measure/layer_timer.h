#pragma once

#include <graph/place/stage_choice.h>
#include <graph/run/device_state.h>

#include <vector>

namespace vkm::graph {

/// Measures what each layer of a step's only batch takes on a device, forward and backward: the shortest of several
/// passes, each dispatch by the device's own clock. Inputs and weights are drawn at random. The state is only asked for its
/// device: its values stay.
std::vector<LayerCosts::Seconds> time_layers(const DeviceState&, const BatchedStep&);

/// Measures what a byte takes from the device to the host and back, through the memory that transfers use.
double seconds_per_byte_of(const DeviceState&);

}  // namespace vkm::graph
