#pragma once

#include "sources/frame.h"
#include "sources/source.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace vkm::demo {

/// Opens a source. It may throw as Source::next() does.
using OpenSource = std::function<std::unique_ptr<Source>()>;

/// Says what the source at work is doing.
struct SourceState {
    std::string description = {};  ///< empty: there is no source
    bool moves = false;
    bool opening = false;
    std::string problem = {};  ///< why there are no more pictures; empty: there are
    double frames_per_second = 0;
};

/// Reads pictures from one source after another on a thread of its own. The newest picture replaces one that nobody has
/// taken, so that memory and delay do not grow.
class SourceThread {
  public:
    /// `arrived` is called on that thread for every picture and whenever the state changes.
    explicit SourceThread(std::function<void()> arrived);
    ~SourceThread();
    SourceThread(const SourceThread&) = delete;

    /// Replaces the source; null: none. Where the new one cannot be opened, one that does not move stays.
    void open(OpenSource);
    /// Has a source that does not move give its next picture, or the one before.
    void step(bool back);

    SourceState state() const;
    Frame newest() const;  ///< number 0: there is none yet

  private:
    void work();
    bool open(const OpenSource&, std::unique_ptr<Source>&);
    bool show(Source&);
    bool is_stepped(Source&);
    void give(Source::Picture);
    void change(const std::function<void()>&);

    std::function<void()> arrived_;
    mutable std::mutex mutex_;
    std::condition_variable wanted_;
    OpenSource next_;
    bool has_next_ = false, ending_ = false;
    int steps_ = 0;  ///< that are asked for; below 0: back
    std::atomic<bool> stop_ = false;
    SourceState state_;
    Frame newest_;
    uint64_t number_ = 0;
    std::chrono::steady_clock::time_point since_;
    int64_t counted_ = 0;
    std::thread thread_;
};

}  // namespace vkm::demo
