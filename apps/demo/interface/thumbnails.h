#pragma once

#include "interface/shown_picture.h"

#include <teach/task_queue.h>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace vkm::demo {

/// Shows many picture files small. They are read on a thread of their own and share one texture, in which the one that
/// was not drawn for longest makes room.
class Thumbnails {
  public:
    static constexpr int side = 96, columns = 16, rows = 16;

    /// `arrived` is called on the reading thread when there is another.
    Thumbnails(engine::Presenter&, std::function<void()> arrived);

    /// Is where a thumbnail lies in the texture, 0 to 1; nothing while it is being read.
    struct Place {
        engine::TextureId texture{};
        float u0 = 0, v0 = 0, u1 = 0, v1 = 0;
        explicit operator bool() const { return texture != engine::TextureId{}; }
    };
    Place find(const std::filesystem::path&);
    /// Says that a picture begins.
    void begin() { ++picture_; }

  private:
    struct Cell {
        std::string file;
        uint64_t drawn = 0;  ///< in which picture it was last
        bool ready = false;
    };
    struct Read {
        size_t cell;
        std::string file;
        Rgba pixels;
    };

    void take_arrived();

    engine::Presenter& presenter_;
    std::function<void()> arrived_;
    engine::TextureId texture_;
    std::vector<Cell> cells_;
    std::map<std::string, size_t> by_file_;
    uint64_t picture_ = 1;
    std::mutex mutex_;
    std::vector<Read> reads_;
    teach::TaskQueue reader_;  ///< ends first
};

}  // namespace vkm::demo
