#pragma once

#include <train/data/dataset.h>

namespace vkm::train {

/// Opens a CSV file of `path,label` rows, with or without that header. Paths are absolute or relative to the
/// file's folder; labels are integers from 0. It is the same set for either split.
std::shared_ptr<const Dataset> open_list(const std::string& file, Split split, const DatasetOptions& options);

}  // namespace vkm::train
