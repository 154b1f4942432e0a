#pragma once

#include <train/data/file_dataset.h>

#include <filesystem>
#include <string>
#include <vector>

namespace vkm::train {

/// Returns the names of the class folders in a folder, sorted. Throws DatasetError naming one that is not UTF-8.
std::vector<std::string> class_folders_in(const std::filesystem::path& part);

/// Returns the images of part/CLASS/*, class by class as the folders are sorted, with the number of each class in
/// `classes`. What is passed over is said in one line each. Throws DatasetError where a folder is none of the
/// classes, which are `owner`'s, where pictures cannot be read, and where a class folder for training is empty;
/// one for validation is said.
std::vector<FileDataset::Entry> read_class_folders(const std::filesystem::path& part,
                                                   const std::vector<std::string>& classes,
                                                   const std::string& owner, Split);

}  // namespace vkm::train
