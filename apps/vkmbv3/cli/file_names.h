#pragma once

#include <filesystem>
#include <string>

namespace vkm::apps {

/// Returns a path's extension in lower case, whatever it names: ".png".
std::string extension_of(const std::filesystem::path&);

/// Says whether a path is that of a picture or page in a format that is not written, such as x.jpg: no name for a folder,
/// nor for a file with an extension of ours behind it.
bool is_of_another_format(const std::filesystem::path&);

}  // namespace vkm::apps
