#pragma once

#include "sources/source_thread.h"

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vkm::demo {

/// Says what files and folders are that a person dropped or named.
struct Opening {
    /// Pictures to show, or to add to a class; folders of pictures too.
    std::vector<std::filesystem::path> pictures = {};
    std::optional<std::filesystem::path> video = {};
    /// A weights file, or a folder that holds one model's parts. Whether it can be used only its reader knows.
    std::optional<std::filesystem::path> weights = {};
    /// Says, for a person, why these cannot be opened together; empty where they can.
    std::string problem = {};
};

/// Tells by names and first bytes; nothing is read further. What is neither a picture nor a video is taken for weights.
/// One video is shown at a time, without pictures, and one model.
Opening tell_apart(const std::vector<std::filesystem::path>&);

/// Returns the path that a person has typed or pasted: ~/ is their home, and file:// is as file managers copy it.
std::filesystem::path typed_path(std::string_view text);

/// Returns how the source of such files is opened. It throws SourceError where there is a problem.
OpenSource source_of(const Opening&);

/// Returns the source that a word of the command line or a button names:
/// "camera", "camera:/dev/video1", "simulated:FOLDER", which gives so many pictures a second.
OpenSource source_named(const std::string&, double simulated_rate = 30);

/// Returns the source of the samples that are part of the program.
OpenSource samples();

/// Returns the files that a text of the clipboard names, as file managers copy them; none where it is another text.
std::vector<std::filesystem::path> files_in(const std::string& text);

/// Returns the source of the clipboard's picture, which `wl-paste` or `xclip` read.
OpenSource clipboard_picture();

}  // namespace vkm::demo
