#pragma once

#include <base/error.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::image {

/// Says that a folder cannot be searched; the message says what to do.
class FolderError : public Error {
  public:
    using Error::Error;
};

/// Holds what a search for images met besides them; paths are relative to where the search began.
struct PassedOver {
    std::vector<std::string> no_images;     ///< files that are no images
    std::vector<std::string> other_images;  ///< pictures of formats that cannot be read: TIFF, HEIC, …
    std::vector<std::string> classless;     ///< images beside the class folders, and links that lead nowhere
    std::vector<std::string> links;         ///< to folders that were read already, or to one above

    /// Returns a line each on what was left out of `root`, other_images aside.
    std::vector<std::string> notices(const std::filesystem::path& root) const;
};

/// Returns whether everybody passes such a file or folder over in silence: its name begins with a dot, or is
/// one that operating systems leave behind (Thumbs.db, __MACOSX, …).
bool is_hidden(const std::filesystem::path&);

/// Returns the folders of a folder that are not hidden, links to folders included, sorted as Python sorts
/// their names: by bytes, which for UTF-8 is by code point. Throws FolderError where it cannot be listed.
std::vector<std::string> folders_in(const std::filesystem::path&);

/// Returns whether a folder holds an image itself, whatever its folders hold.
bool holds_images(const std::filesystem::path&);

/// Appends what lies in a folder of class folders beside them.
void find_classless(const std::filesystem::path&, PassedOver& passed_over);

/// Returns the images in root/folder and the folders below, as paths relative to `root` (whose own with ""), sorted by folder and
/// then by file name as in torchvision's ImageFolder. A file is an image by its extension or, with another or
/// none, by its first bytes. Links are followed: a link to a file is an image of its own, a folder is read
/// once however many links lead to it, and a link to a folder above is not followed. Appends to `passed_over`
/// what is left out. Throws FolderError naming a folder that cannot be listed.
std::vector<std::string> find_images(const std::filesystem::path& root, const std::string& folder,
                                     PassedOver& passed_over);

/// Returns "a, b, c and 9 more", for messages.
std::string first_of(const std::vector<std::string>& names, size_t shown = 3);

}  // namespace vkm::image
