#pragma once

#include <string>
#include <vector>

namespace vkm::apps {

/// Names an image to classify, or says why what was named gives none.
struct ImageInput {
    std::string path;
    std::string problem = {};  ///< empty where there is an image to read
};

/// Returns the images that arguments name, in their order: files; folders, searched as those of data sets are
/// (image/find_images.h); lists of paths, which are `list:FILE`, "-" for standard input, and files whose names end
/// as lists' do. What folders hold besides images is said. Throws Error where a list cannot be read.
std::vector<ImageInput> image_inputs(const std::vector<std::string>& arguments);

/// Returns the images of a list, a path a line or in a column of a delimited file (base/csv.h). Relative paths are
/// those of `folder` where they exist there, else of the current folder. `name` is what messages call the list.
/// Throws Error where the text is none, or lists nothing.
std::vector<std::string> listed_images(const std::string& text, const std::string& folder,
                                       const std::string& name);

}  // namespace vkm::apps
