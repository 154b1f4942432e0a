#pragma once

#include <train/data/dataset.h>

namespace vkm::train {

/// Opens a part of an image folder: the layouts are those of layout_of(), the images those of find_images().
/// Classes are the sorted folder names of the training part, or of the validation part where there is no
/// other. What is passed over is said in one line each.
/// Throws DatasetError where a class of the training part has no images; in validation that is said.
std::shared_ptr<const Dataset> open_image_folder(const std::string& directory, Split split,
                                                 const DatasetOptions& options);

/// Returns whether the folder has parts, and so should have validation images. True where it is no folder.
bool image_folder_has_parts(const std::string& directory);

}  // namespace vkm::train
