#pragma once

#include <graph/weights/torch/pickle.h>

#include <string>
#include <vector>

namespace vkm::graph {

/// Returns the class names that a dict of a checkpoint holds under a usual key ("classes", "class_names",
/// "class_to_idx", "idx_to_class", …): a list of strings, or a dict of names and the numbers 0 to n - 1,
/// either way round. Empty where there are none.
std::vector<std::string> class_list(const Pickle&, const Pickle::Items&);

}  // namespace vkm::graph
