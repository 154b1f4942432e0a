#pragma once

#include <base/error.h>

#include <string_view>
#include <vector>

namespace vkm::train {

/// Reports a recipe that does not come with the program. The message names the nearest one.
class RecipeError : public Error {
  public:
    using Error::Error;
};

/// Holds a published recipe, a file of train/recipes/: a YAML map of long option names of the command line to
/// values. Its head says whose it is, what accuracy was published and where, and what options cannot say.
struct RecipeFile {
    std::string_view name;  ///< "torchvision_v3_large": the file's name without its extension
    std::string_view text;

    /// Returns the first line without its "# ": what the recipe is, in a few words.
    std::string_view summary() const;
};

/// Returns every recipe, in the order of their names. The files are embedded when the program is built.
const std::vector<RecipeFile>& recipe_files();

/// Returns the recipe of that name. Throws RecipeError.
const RecipeFile& recipe_file(std::string_view name);

}  // namespace vkm::train
