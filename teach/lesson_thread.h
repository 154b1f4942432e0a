#pragma once

#include <engine/vulkan/device.h>
#include <teach/lesson_run.h>
#include <teach/snapshot_box.h>

#include <atomic>
#include <thread>

namespace vkm::teach {

/// Runs one lesson at a time on a thread of its own. A device that the driver gives up is replaced by the next
/// fastest one, on which the lesson goes on from its last checkpoint; the last to be tried is the first one, which
/// its driver may have brought back.
class LessonThread {
  public:
    using OpenDevice = std::function<std::unique_ptr<graph::PlannedDevice>(uint32_t)>;

    /// `open` opens devices; null: as usual.
    LessonThread(const engine::Instance& instance, OpenDevice open, SnapshotBox& box)
        : instance_(instance), open_(std::move(open)), box_(box) {}
    /// Pauses, and waits for that.
    ~LessonThread();

    bool at_work() const { return at_work_; }
    /// Starts, or goes on with, the lesson of a subject, where none is at work.
    void start(LessonSubject, Progress before);
    void pause();
    /// Waits until no lesson is at work.
    void wait() const { at_work_.wait(true); }

  private:
    void work(const LessonSubject&, const Progress& before);
    void fail(const std::string& problem);
    void run_somewhere(const LessonSubject&, const Progress& before);
    void tell(const Progress&);
    std::unique_ptr<graph::PlannedDevice> open(uint32_t device) const;

    const engine::Instance& instance_;
    OpenDevice open_;
    SnapshotBox& box_;
    std::string taught_before_;  ///< the best weights of the lesson before
    std::atomic<bool> stop_ = false, at_work_ = false;
    std::thread thread_;
};

}  // namespace vkm::teach
