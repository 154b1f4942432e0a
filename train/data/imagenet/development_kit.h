#pragma once

#include <train/data/dataset.h>

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vkm::train {

/// Finds the development kit of ILSVRC2012 in a folder, under either of its names or whatever holds its files.
/// Returns the folder with its meta.mat.
std::optional<std::filesystem::path> find_development_kit(const std::filesystem::path&);

/// Returns whether this build reads a kit's meta.mat (needs libmatio).
bool reads_meta_mat();

/// Returns the WordNet ids of the classes in the order of their ILSVRC ids, which begin with 1, from a kit's
/// meta.mat. Throws DatasetError where it is damaged, or this build reads none.
std::vector<std::string> read_synsets(const std::filesystem::path& kit);

/// Returns the class of each validation image, 0 to classes - 1 in that order, from a kit's ground truth. Throws
/// DatasetError naming the line where one is no such number.
std::vector<int> read_ground_truth(const std::filesystem::path& kit, size_t classes);

/// Returns the place in the ground truth of each image, by the number in its name
/// ("ILSVRC2012_val_00000001.JPEG" is the first), or its place in the list where no name has one. Throws
/// DatasetError that names every image that is missing, is there twice, or is none of `count`.
std::vector<size_t> places_in_ground_truth(std::span<const std::string> images, size_t count,
                                           const std::filesystem::path& folder);

}  // namespace vkm::train
