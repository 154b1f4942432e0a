#pragma once

#include <train/data/dataset.h>

namespace vkm::train {

/// Opens a list of images and their labels as spreadsheets and pandas write it: parse_csv() says how rows are
/// split, find_columns() which fields count, read_labels() what a label may be, ListPaths what a path may be.
/// Where no path is relative to the file's folder, the current folder and those beside the file are tried.
/// It is the same set for either split, unless a column `split` divides it.
/// Throws DatasetError, for images that are missing too.
std::shared_ptr<const Dataset> open_list(const std::string& file, Split split, const DatasetOptions& options);

/// Returns whether a column divides the list into training and validation images. False where it cannot be read.
bool list_has_parts(const std::string& file);

}  // namespace vkm::train
