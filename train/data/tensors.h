#pragma once

#include <train/data/dataset.h>

namespace vkm::train {

/// Opens a safetensors file with `images`, float32 [N, 3, S, S], already normalised, S being the model's
/// input size, and `labels`, int64 [N]. The data is held in memory and is the same for either split. Throws
/// DatasetError, or what reading the file throws (graph::WeightsError).
std::shared_ptr<const Dataset> open_tensors(const std::string& file, Split split,
                                            const DatasetOptions& options);

}  // namespace vkm::train
