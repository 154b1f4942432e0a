#include "commands/training/whole_paths.h"

#include <train/data/dataset_kinds.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

namespace vkm::apps {
namespace {

/// Describes an option whose value is a path, or one of some words.
struct PathOption {
    std::string_view name;
    std::array<std::string_view, 2> words;
};
constexpr std::array paths{PathOption{"init", {}}, PathOption{"class-order", {"wnid", "ilsvrc"}},
                           PathOption{"class-weights", {"balanced"}}};

}  // namespace

void make_paths_whole(std::map<std::string, std::string>& options) {
    for (const char* data : {"data", "val-data"})
        if (const auto found = options.find(data); found != options.end() && !found->second.empty())
            found->second = train::with_whole_path(found->second);
    for (const PathOption& path : paths)
        if (const auto found = options.find(std::string(path.name));
            found != options.end() && !found->second.empty() &&
            std::ranges::find(path.words, found->second) == path.words.end())
            found->second = std::filesystem::absolute(found->second).lexically_normal().string();
    // The directory of a run, beside "equal", "measured" and "3,1".
    std::error_code none;
    if (const auto found = options.find("shares");
        found != options.end() && std::filesystem::is_directory(found->second, none))
        found->second = std::filesystem::absolute(found->second).lexically_normal().string();
}

}  // namespace vkm::apps
