#include <train/data/dataset.h>

namespace vkm::train {

FeatureRow Dataset::features(size_t index, int64_t /*epoch*/) const {
    throw Error("{} is no features", name(index));
}

}  // namespace vkm::train
