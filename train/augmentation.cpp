#include <base/error.h>
#include <train/augmentation.h>

#include <algorithm>
#include <array>

namespace vkm::train {

bool Augmentation::plain() const {
    Augmentation rest = *this;
    rest.crop = Crop::center;
    rest.flip = 0;
    rest.repeats = 1;
    return crop != Crop::random_resized && (flip == 0 || flip == 0.5) && rest == Augmentation{};
}

std::span<const NamedAugmentation> augmentations() {
    static const std::array<NamedAugmentation, 3> rows{{
        {"crop-pad4", {Crop::pad4, 0.5}},
        {"random-resized-crop", {Crop::random_resized, 0.5}},
        {"none", {Crop::center}},
    }};
    return rows;
}

Augmentation parse_augmentation(std::string_view name) {
    const auto row = std::ranges::find(augmentations(), name, &NamedAugmentation::name);
    if (row == augmentations().end()) throw Error("'{}' is no augmentation", name);
    return row->augmentation;
}

}  // namespace vkm::train
