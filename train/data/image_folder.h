#pragma once

#include <train/data/dataset.h>

namespace vkm::train {

/// Opens DIR/train/CLASS/* for training, DIR/val/CLASS/* or DIR/test/CLASS/* for validation. Classes are the
/// sorted folder names of DIR/train, or of the validation folder where there is no DIR/train. Images are
/// sorted by path and may lie in folders below CLASS. Names that start with a dot and files that are no
/// images are passed over. Images of other formats (webp, tiff, …) are an error.
std::shared_ptr<const Dataset> open_image_folder(const std::string& directory, Split split,
                                                 const DatasetOptions& options);

}  // namespace vkm::train
