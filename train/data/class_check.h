#pragma once

#include <train/data/dataset.h>

namespace vkm::train {

/// Says which classes of data to train on have no images. Throws DatasetError where class 0 is one of them and
/// `counted` says that the number of classes is the largest label plus one: such labels begin with 1.
void check_classes(const Dataset&, bool counted);

}  // namespace vkm::train
