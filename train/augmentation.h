#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace vkm::train {

/// Says how an image is brought to the input size.
enum class Crop : uint8_t {
    center,  ///< as in evaluation: resize the short side, crop the middle
    pad4,    ///< at random from the image, padded by 4 pixels, then as in evaluation but without a margin
    random_resized  ///< torchvision's RandomResizedCrop
};

/// Says how training scales and turns images. Each is as antialiased as Pillow's.
enum class TrainInterpolation : uint8_t { bilinear, bicubic, random };

/// Says what erased parts of an image become; zeros are those of the normalised image, its mean.
enum class EraseMode : uint8_t { zero, colour, noise };

/// Says what is done at random to training images, in this order: crop, flips, colours, erasing. Everything is
/// drawn by the host, keyed by the seed, the epoch and the sample (train/augment/drawn.h), and done on the device.
struct Augmentation {
    Crop crop = Crop::center;
    double flip = 0;                                                ///< probability, horizontally
    double vertical_flip = 0;                                       ///< probability
    std::array<double, 2> scale{0.08, 1}, ratio{3.0 / 4, 4.0 / 3};  ///< of random_resized
    TrainInterpolation interpolation = TrainInterpolation::bilinear;

    /// torchvision's ColorJitter: brightness, contrast, saturation, hue.
    std::array<double, 4> jitter{};
    std::string policy = {};  ///< of train/augment/policy.h, "" for none

    double erase = 0;  ///< probability
    EraseMode erase_mode = EraseMode::zero;
    int64_t erase_count = 1;  ///< rectangles at most

    int64_t repeats = 1;  ///< how often an image comes in an epoch, of which the others then do not come

    bool operator==(const Augmentation&) const = default;

    /// Returns whether it is no more than the input size and the operator `augment` can do.
    bool plain() const;
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
