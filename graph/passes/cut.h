#pragma once

#include <graph/graph.h>

#include <optional>

namespace vkm::graph {

/// Returns what a training graph makes of an image before anything in it is trained or drawn anew: the one value that
/// images and weights that stay decide alone, and through which all the rest depends on the images. Nothing where
/// there is no such value, or where there are several. Before the passes.
std::optional<ValueId> features_of(const Graph&, ValueId images);

/// Makes a value an input, in fp32, and takes out the nodes that computed it. Returns the input. Weights stay, those
/// too that nothing reads any more. Before pack_parameters.
ValueId begin_at(Graph&, ValueId);

/// Takes out the nodes that a value does not depend on; the host reads it. Before pack_parameters.
void end_at(Graph&, ValueId);

}  // namespace vkm::graph
