#pragma once

#include <graph/operator.h>

namespace vkm::graph::ops {

/// Mixes images with their neighbours (SampleTerms): y = own x + (1 - own) neighbour, and in the box y =
/// neighbour. Mixup has an empty box, CutMix an own share of 1. Inputs: images, an even number of them, and
/// their terms.
std::shared_ptr<const Operator> mix_images();

}  // namespace vkm::graph::ops
