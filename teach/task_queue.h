#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace vkm::teach {

/// Does tasks one after the other on a thread of its own. A task must not throw.
class TaskQueue {
  public:
    TaskQueue() : thread_([this] { work(); }) {}
    /// Does what was added, and ends.
    ~TaskQueue();
    TaskQueue(const TaskQueue&) = delete;

    void add(std::function<void()>);
    /// Returns how many tasks are not done.
    size_t waiting() const;
    /// Waits until none are.
    void wait() const;

  private:
    void work();

    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::deque<std::function<void()>> tasks_;  ///< the one at work is the first
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace vkm::teach
