#pragma once

#include "sources/source.h"

#include <filesystem>
#include <memory>
#include <vector>

namespace vkm::demo {

/// Gives image files, in order, from the first again behind the last.
std::unique_ptr<Source> open_files(std::string description, std::vector<std::filesystem::path>);
/// Gives the images of a folder and of those below it. Throws SourceError where it holds none.
std::unique_ptr<Source> open_folder(const std::filesystem::path&);
/// Gives one picture: what was pasted.
std::unique_ptr<Source> open_picture(std::string description, image::Image);

}  // namespace vkm::demo
