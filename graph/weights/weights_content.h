#pragma once

#include <graph/weights/state_dict.h>

#include <functional>
#include <string>
#include <vector>

namespace vkm::graph {

/// Describes a dict of tensors somewhere in a weights file.
struct TensorGroup {
    std::string path;  ///< the keys that lead to it: "checkpoint.state_dict"; of a file's only one ""
    std::vector<NamedTensor> tensors;  ///< in the file's order, without their data
};

/// Holds what a weights file was found to contain before the values of its tensors are read. It refers to the
/// file's bytes, which have to outlive it.
struct WeightsContent {
    std::vector<TensorGroup> groups;  ///< in the file's order, at least one
    /// Returns a group's tensors in its order, with their data, and what the file says beside them.
    /// Throws WeightsError.
    std::function<StateDict(size_t group)> read;
};

}  // namespace vkm::graph
