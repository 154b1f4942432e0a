#include <base/text.h>
#include <train/recipe_file.h>

#include <algorithm>

namespace vkm::train {

std::string_view RecipeFile::summary() const {
    constexpr std::string_view mark = "# ";
    const std::string_view line = text.substr(0, text.find('\n'));
    return line.starts_with(mark) ? line.substr(mark.size()) : line;
}

const RecipeFile& recipe_file(std::string_view name) {
    const std::vector<RecipeFile>& files = recipe_files();
    const auto found = std::ranges::find(files, name, &RecipeFile::name);
    if (found != files.end()) return *found;
    std::vector<std::string_view> names;
    for (const RecipeFile& file : files)
        names.push_back(file.name);
    throw RecipeError(
        "there is no recipe '{}'{}: --recipe list names them; a file of your own goes by --config", name,
        did_you_mean(name, names));
}

}  // namespace vkm::train
