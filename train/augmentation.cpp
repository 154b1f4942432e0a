#include <base/error.h>
#include <train/augmentation.h>

#include <algorithm>
#include <array>

namespace vkm::train {

std::span<const NamedAugmentation> augmentations() {
    static constexpr std::array<NamedAugmentation, 3> rows{{
        {"crop-pad4", {Crop::pad4, true}},
        {"random-resized-crop", {Crop::random_resized, true}},
        {"none", {Crop::center, false}},
    }};
    return rows;
}

Augmentation parse_augmentation(std::string_view name) {
    const auto row = std::ranges::find(augmentations(), name, &NamedAugmentation::name);
    if (row == augmentations().end()) throw Error("'{}' is no augmentation", name);
    return row->augmentation;
}

}  // namespace vkm::train
