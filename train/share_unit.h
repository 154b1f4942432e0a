#pragma once

#include <train/share_balance.h>

#include <cstdint>

namespace vkm::train {

/// Returns how many images a share is whole multiples of: pairs that are mixed stay on one device, and batch norm has no
/// use for a single image, which a share that is measured could come down to.
inline int64_t share_unit(const SharePolicy& policy, bool mixes_pairs) {
    return mixes_pairs || policy.kind == SharePolicy::Kind::measured ? 2 : 1;
}

}  // namespace vkm::train
