#pragma once

#include <base/random.h>
#include <image/image.h>
#include <train/data/outlines.h>

namespace vkm::train {

/// Draws an outline, filled, at any size, place and scale, tilted, in any colours, on a background of
/// gradients, clutter and noise. The image is `side` pixels wide and high and depends on what `random` gives
/// only.
image::Image draw_scene(const Outline&, int side, Random& random);

}  // namespace vkm::train
