#pragma once

#include <graph/place/stage_choice.h>
#include <graph/run/device_state.h>

#include <memory>
#include <span>
#include <vector>

namespace vkm::graph {

/// Measures what each layer of a step's only batch takes on a device, forward and backward: the shortest of several
/// passes, each dispatch by the device's own clock. Inputs and weights are drawn at random. The state is only asked for its
/// device: its values stay.
std::vector<LayerCosts::Seconds> time_layers(const DeviceState&, const BatchedStep&);

/// Measures what a byte takes from the device to the host and back, through the memory that transfers use.
double seconds_per_byte_of(const DeviceState&);

/// Measures what a step's only batch costs on each of several devices, whose memory holds it.
LayerCosts measured_costs(std::span<const std::unique_ptr<DeviceState>>, const BatchedStep&);

}  // namespace vkm::graph
