#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace vkm::train {

/// Finds the files that a list means by its paths: as they are written, with backslashes as on Windows, or
/// without the extension where one image alone has the name with one. They are absolute or relative to a base.
class ListPaths {
  public:
    explicit ListPaths(std::filesystem::path base) : base_(std::move(base)) {}

    const std::filesystem::path& base() const { return base_; }

    /// Returns the files, relative to the base or absolute; none where there is none. More than one where they
    /// differ in their extension alone, which the text does not say.
    std::vector<std::string> find(const std::string& text) const;

  private:
    const std::vector<std::string>& named(const std::filesystem::path& folder, const std::string& stem) const;

    std::filesystem::path base_;
    /// Images by folder and name without extension; folders are listed when they are asked for.
    mutable std::map<std::filesystem::path, std::map<std::string, std::vector<std::string>>> listed_;
};

/// Returns the folders that a list's paths may be relative to, the likeliest first: the list's own, the
/// current one, and those beside the list.
std::vector<std::filesystem::path> base_candidates(const std::filesystem::path& list);

}  // namespace vkm::train
