#pragma once

#include <graph/weights/model_file.h>
#include <train/model_on_devices.h>

namespace vkm::train {

/// Holds what training starts from.
struct InitialWeights {
    ParameterValues values;
    int64_t batches_tracked = 0;      ///< batch norm's counter in the state dict
    std::string classifier = {};      ///< what became of the file's last layer, in words; empty: it is kept
    std::string original_names = {};  ///< the dialect that the file had; empty: ours
};

/// Takes the weights of a file for a network whose first classes have these names. The last layer's rows go
/// by the names of their classes: a class that the file has keeps its row, whatever the order, and another
/// is initialised anew. Where either carries no names, the layer is kept if it has as many classes, and else
/// initialised anew. Throws what import_weights throws, and Error naming weights that are not finite; `path`
/// names the file in it.
InitialWeights start_from(const graph::ModelFile&, const std::string& path, const graph::Graph& network,
                          const std::vector<std::string>& class_names, uint64_t seed);

}  // namespace vkm::train
