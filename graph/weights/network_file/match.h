#pragma once

#include <graph/models/model_config.h>
#include <graph/weights/network_file/network_file.h>
#include <graph/weights/state_dict.h>

#include <string>

namespace vkm::graph {

/// Says how far a network in a file is one of ours.
struct FileMatch {
    size_t layers = 0;   ///< of our network, that are the file's
    std::string misfit;  ///< the first operator that is not, and why; empty where all of them are
    /// Ours, by our names and in our order, where nothing is misfit. Where the file has no batch norm behind
    /// a convolution, ours does nothing but add the convolution's bias.
    StateDict weights;
};

/// Compares a simplified file with a network, operator by operator from the images on: shapes, strides,
/// padding, activations, and what reads what.
FileMatch match_network(const NetworkFile&, const ModelConfig&);

}  // namespace vkm::graph
