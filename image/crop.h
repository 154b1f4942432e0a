#pragma once

#include <base/preparation.h>
#include <base/random.h>
#include <image/resize.h>

namespace vkm::image {

/// Returns torchvision's Resize(short_side) of a whole image: the long side becomes int(long * short_side / short).
Resize scaled_to_short_side(int height, int width, int short_side);

/// Returns torchvision's Resize(floor(input_size / crop_pct)) and CenterCrop(input_size): the short side is
/// scaled to the first, the long side to int(long * short_target / short), and the middle of it is kept. Squashing
/// scales both sides to the first. Throws vkm::Error unless 0 < crop_pct <= 1.
Resize evaluation_crop(int height, int width, int input_size, double crop_pct,
                       EvalResize = EvalResize::short_side);

/// Says which crops RandomResizedCrop draws: shares of the image's area, and ratios of width to height.
struct CropRanges {
    double min_area = 0.08, max_area = 1, min_ratio = 3.0 / 4, max_ratio = 4.0 / 3;
};

/// Draws torchvision's RandomResizedCrop(input_size, scale, ratio).
Resize random_resized_crop(int height, int width, int input_size, Random& random, const CropRanges& = {});

}  // namespace vkm::image
