#pragma once

#include <base/error.h>
#include <image/image.h>

#include <atomic>
#include <optional>
#include <string>

namespace vkm::demo {

/// Says that a source has no more pictures, or never had: no camera, one that was unplugged, a damaged video. The
/// message is one line and says what to do.
class SourceError : public Error {
  public:
    using Error::Error;
};

/// Gives pictures one after the other: a camera's, a video's, those of a folder, or a single one. A thread of its own
/// asks it for them (source_thread.h).
class Source {
  public:
    virtual ~Source() = default;

    virtual std::string description() const = 0;  ///< "camera /dev/video0"

    struct Picture {
        image::Image pixels;
        std::string name = {};  ///< of its file, where it has one
    };
    /// Waits for the next picture, in the source's own time; nothing where there are no more, or `stop` was set.
    /// Throws SourceError or ImageError; after an ImageError it may be asked again.
    virtual std::optional<Picture> next(const std::atomic<bool>& stop) = 0;

    /// Returns whether pictures come by themselves; else one is asked for when a person wants it.
    virtual bool moves() const { return true; }
    virtual void go_back() {}  ///< of those that do not move: the next picture is the one before
};

}  // namespace vkm::demo
