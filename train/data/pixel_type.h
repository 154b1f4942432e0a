#pragma once

#include <train/augmentation.h>
#include <train/data/dataset.h>

namespace vkm::train {

/// Says what the host hands over to a step.
enum class PixelType : uint8_t {
    bytes,   ///< images of the input size
    floats,  ///< the same, normalised already
    sources  ///< parts of images of any size, and what is to be done with them (train/augment/source.h)
};

/// Returns how a data set's samples are handed over where they are augmented so.
PixelType pixel_type(const Dataset&, const Augmentation& = {});

}  // namespace vkm::train
