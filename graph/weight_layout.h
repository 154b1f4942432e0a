#pragma once

#include <graph/graph.h>
#include <graph/host_tensor.h>

#include <span>
#include <vector>

namespace vkm::graph {

/// Returns the number of elements of a parameter as torchvision counts them.
int64_t torch_elements(const ParameterInfo&);

/// Converts a torchvision tensor, row-major, to the layout it is stored in on devices; padded rows are zero.
/// Throws ShapeError when the values are not as many as the shape asks for.
HostTensor to_stored(const ParameterInfo&, std::span<const float> torch_values);

/// Converts back; padded rows are dropped.
std::vector<float> to_torch(const ParameterInfo&, const HostTensor& stored);

}  // namespace vkm::graph
