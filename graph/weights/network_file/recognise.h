#pragma once

#include <graph/weights/network_file/network_file.h>
#include <graph/weights/weights_content.h>

namespace vkm::graph {

/// Is the metadata's key of what was assumed in reading a file, a sentence for the user.
inline constexpr const char* assumed_key = "reader.assumed";

/// Returns the weights of a network in a file under our names, and what the file says or implies of it in the
/// metadata: model options, normalisation, class names. Throws WeightsError naming the first operator that no
/// network here has.
WeightsContent recognise_network(NetworkFile, const std::string& file);

}  // namespace vkm::graph
