#pragma once

#include <train/data/dataset.h>

namespace vkm::train {

/// Throws DatasetError where a model has one class: its loss is 0 whatever it says, and it learns nothing. Warns
/// where all images are of one of several classes. `what` is what messages call the data.
void require_several_classes(const Dataset&, int64_t model_classes, const std::string& what);

}  // namespace vkm::train
