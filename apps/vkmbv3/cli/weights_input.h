#pragma once

#include "cli/model_options.h"

#include <graph/weights/model_file.h>

#include <string>
#include <vector>

namespace vkm::apps {

/// Reads a weights file and says on stderr what was assumed, chosen or left out, unless `quiet`. Throws
/// WeightsError where it fits no network that is known and the user names none.
graph::ModelFile read_weights(const std::string& path, const ModelArguments&, bool quiet);

/// Returns the weights files that arguments name, in their order. A folder of several models stands for every one
/// of them (graph/weights/shards.h).
std::vector<std::string> weights_files(const std::vector<std::string>& arguments);

}  // namespace vkm::apps
