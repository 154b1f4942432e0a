#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace vkm::graph {

/// Says what a file is that holds no weights this program reads, and what to do with it: "a Git LFS pointer
/// …; run git lfs pull". Empty where it looks like nothing that is known.
std::optional<std::string> describe_foreign(std::span<const std::byte>, const std::filesystem::path&);

}  // namespace vkm::graph
