#include <teach/task_queue.h>

namespace vkm::teach {

TaskQueue::~TaskQueue() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void TaskQueue::add(std::function<void()> task) {
    {
        const std::lock_guard lock(mutex_);
        tasks_.push_back(std::move(task));
    }
    changed_.notify_all();
}

size_t TaskQueue::waiting() const {
    const std::lock_guard lock(mutex_);
    return tasks_.size();
}

void TaskQueue::wait() const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return tasks_.empty(); });
}

void TaskQueue::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [&] { return ending_ || !tasks_.empty(); });
        if (tasks_.empty()) return;
        const std::function<void()>& task = tasks_.front();  // a deque's elements stay where they are
        lock.unlock();
        task();
        lock.lock();
        tasks_.pop_front();
        changed_.notify_all();
    }
}

}  // namespace vkm::teach
