#pragma once

#include <image/image.h>

#include <filesystem>

namespace vkm::apps {

/// Writes a PNG file, atomically. Says once what to install where the system has no font for its texts.
void write_png(const std::filesystem::path&, const image::Image&);

}  // namespace vkm::apps
