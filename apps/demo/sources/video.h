#pragma once

#include "sources/source.h"

#include <filesystem>
#include <memory>

namespace vkm::demo {

/// Returns whether a file's name is one that videos have: .mp4, .mkv, …
bool has_video_extension(const std::filesystem::path&);

/// Plays a video file at its own speed, again and again. The program `ffmpeg` reads it, in a process of its own: it knows
/// every format, and a damaged file ends that process and not this one. Throws SourceError where it is not installed or
/// the file is no video.
std::unique_ptr<Source> open_video(const std::filesystem::path&);

}  // namespace vkm::demo
