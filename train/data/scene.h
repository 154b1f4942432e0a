#pragma once

#include <base/random.h>
#include <image/image.h>
#include <train/data/outlines.h>

namespace vkm::train {

/// Draws an outline, filled and tilted, at any size and place and in any colours, on a
/// background of gradients, clutter and noise. The image is `side` pixels wide and high and
/// depends only on what `random` gives.
image::Image draw_scene(const Outline&, int side, Random& random);

}  // namespace vkm::train
