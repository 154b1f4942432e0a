#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace vkm::train {

/// Says how an image is brought to the input size.
enum class Crop : uint8_t {
    center,         ///< as in evaluation: resize the short side, crop the middle
    pad4,           ///< on the device: at random from the image, padded by 4 pixels
    random_resized  ///< on the host: torchvision's RandomResizedCrop, keyed by (seed, epoch, sample index)
};

/// Says what is done at random to training images.
struct Augmentation {
    Crop crop = Crop::center;
    bool flip = false;  ///< on the device: horizontally, with probability 1/2

    bool operator==(const Augmentation&) const = default;
};

struct NamedAugmentation {
    std::string_view name;
    Augmentation augmentation;
};
/// Returns every augmentation that has a name, a row each.
std::span<const NamedAugmentation> augmentations();

/// Returns the augmentation of a name. Throws Error for an unknown one.
Augmentation parse_augmentation(std::string_view name);

}  // namespace vkm::train
