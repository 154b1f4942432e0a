#pragma once

#include <train/augmentation.h>
#include <train/data/dataset.h>
#include <train/recipe.h>

namespace vkm::train {

/// Says what the host hands over to a step.
enum class PixelType : uint8_t {
    bytes,    ///< images of the input size
    floats,   ///< the same, normalised already
    sources,  ///< parts of images of any size, and what is to be done with them (train/augment/source.h)
    features  ///< what the part of a network that stays as it is makes of images (train/feature_set.h)
};

/// Returns how a data set's samples are handed over where they are augmented so.
PixelType pixel_type(const Dataset&, const Augmentation& = {});

/// Returns how a training with this recipe has them handed over: as features where these are computed once.
PixelType pixel_type(const Dataset&, const Recipe&);

}  // namespace vkm::train
