#pragma once

#include <base/random.h>
#include <image/resize.h>

namespace vkm::image {

/// Returns torchvision's Resize(floor(input_size / crop_pct)) and CenterCrop(input_size): the short side is
/// scaled to the first, the long side to int(long * short_target / short), and the middle of it is kept.
/// Throws vkm::Error unless 0 < crop_pct <= 1.
Resize evaluation_crop(int height, int width, int input_size, double crop_pct);

/// Draws torchvision's RandomResizedCrop(input_size, scale=(0.08, 1), ratio=(3/4, 4/3)).
Resize random_resized_crop(int height, int width, int input_size, Random& random);

}  // namespace vkm::image
