#pragma once

#include <train/data/dataset.h>

#include <filesystem>

namespace vkm::train {

/// Says where the parts of an image folder lie.
struct FolderLayout {
    std::filesystem::path root;  ///< DIR, or the one folder in it that holds everything
    /// Folders of class folders; empty where there is none. Both are `root` where it has no parts.
    std::filesystem::path training, validation;
    bool has_parts = true;

    /// Returns the folder of a part. Throws DatasetError where there is none, saying what to do.
    const std::filesystem::path& part(Split) const;
};

/// Decides by what lies there: DIR/train/CLASS/* with DIR/val/CLASS/*, or DIR/CLASS/*. A part goes by one of
/// the names that people give it (train, training; val, valid, validation, dev, test, testing; in upper or
/// lower case) and holds folders. Where DIR holds one folder alone, which holds only folders, that is meant.
/// Throws DatasetError where DIR is no folder or cannot be listed.
FolderLayout layout_of(const std::filesystem::path& directory);

}  // namespace vkm::train
