#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vkm::train {

/// Names a picture that is a frame of a recording. A camera's frames look like those before and after them, so what is
/// learned from one says little of the next: hold_back() keeps those of a recording on one side.
struct RecordedFrame {
    int64_t recording = 0, frame = 0;

    bool operator==(const RecordedFrame&) const = default;
};

/// Returns a file's name without its extension: "000017-frame0003".
std::string file_stem(const RecordedFrame&);

/// Returns what a file is a frame of, by its name; none: of no recording.
std::optional<RecordedFrame> recorded_frame(std::string_view file_name);

}  // namespace vkm::train
