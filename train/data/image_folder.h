#pragma once

#include <train/data/dataset.h>

namespace vkm::train {

/// DIR/train/CLASS/* for training, DIR/val/CLASS/* or DIR/test/CLASS/* for validation. Classes are the sorted
/// folder names of DIR/train, or of the validation folder where there is no DIR/train; images are sorted by
/// path and may lie in folders below CLASS. Names that start with a dot are passed over, and so are files
/// that are no images; images in a format that cannot be decoded (webp, tiff, …) are an error.
std::shared_ptr<const Dataset> open_image_folder(const std::string& directory, Split split,
                                                 const DatasetOptions& options);

}  // namespace vkm::train
