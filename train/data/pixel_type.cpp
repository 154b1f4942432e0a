#include <train/data/pixel_type.h>

namespace vkm::train {

PixelType pixel_type(const Dataset& dataset, const Augmentation& augmentation) {
    switch (dataset.kind()) {
        case SampleKind::tensor:
            return PixelType::floats;
        case SampleKind::features:
            return PixelType::features;
        case SampleKind::drawing:
            return augmentation.plain() ? PixelType::bytes : PixelType::sources;
        case SampleKind::photograph:
            break;
    }
    return PixelType::sources;
}

PixelType pixel_type(const Dataset& dataset, const Recipe& recipe) {
    return recipe.feature_draws > 0 ? PixelType::features : pixel_type(dataset, recipe.augmentation);
}

}  // namespace vkm::train
