#pragma once

#include "sources/source.h"

#include <filesystem>
#include <memory>
#include <vector>

namespace vkm::demo {

/// Returns the cameras of this machine: /dev/video* that capture pictures, in order.
std::vector<std::filesystem::path> cameras();

/// Opens a camera (Video4Linux). Throws SourceError where it is none, is used by another program, or delivers only
/// formats that are not read here: JPEG and YUYV are.
std::unique_ptr<Source> open_camera(const std::filesystem::path& device);

/// Plays a folder's pictures as a camera with so many a second would. Removing the folder unplugs it. It is for trying
/// the program where there is no camera, and for its tests.
std::unique_ptr<Source> open_simulated_camera(const std::filesystem::path& folder,
                                              double pictures_per_second = 30);

}  // namespace vkm::demo
