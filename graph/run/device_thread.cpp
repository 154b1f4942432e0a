#include <graph/run/device_thread.h>

#include <algorithm>
#include <chrono>

namespace vkm::graph {
namespace {

double seconds_since(std::chrono::steady_clock::time_point then) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - then).count();
}

}  // namespace

DeviceThread::DeviceThread(SegmentDevice& device, const Schedule& schedule, Reducer& reducer,
                           StepTrace* trace, size_t number)
    : device_(device),
      schedule_(schedule),
      reducer_(reducer),
      trace_(trace),
      number_(number),
      thread_([this] { loop(); }) {}

DeviceThread::~DeviceThread() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void DeviceThread::start(size_t slot) {
    {
        const std::lock_guard lock(mutex_);
        // `wait` reports it. A later step's contributions would otherwise meet the others' of this step.
        if (failure_) return;
        queue_.push_back(slot);
    }
    changed_.notify_all();
}

void DeviceThread::wait(size_t slot) {
    std::unique_lock lock(mutex_);
    awaited_ = slot;
    changed_.notify_all();
    changed_.wait(lock, [&] { return failure_ || !pending(slot); });
    awaited_.reset();
    if (failure_) std::rethrow_exception(failure_);
}

void DeviceThread::rest() {
    std::unique_lock lock(mutex_);
    queue_.clear();
    uploaded_ = 0;
    changed_.wait(lock, [&] { return !at_work_; });
}

DeviceWork DeviceThread::work() const {
    const std::lock_guard lock(mutex_);
    return work_;
}

bool DeviceThread::failed() const {
    const std::lock_guard lock(mutex_);
    return own_failure_;
}

bool DeviceThread::pending(size_t slot) const {
    return running_ == slot || unsettled_ == slot || std::ranges::find(queue_, slot) != queue_.end();
}

void DeviceThread::loop() {
    for (;;) {
        std::optional<size_t> slot;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock,
                          [&] { return stop_ || !queue_.empty() || (unsettled_ && awaited_ == unsettled_); });
            if (stop_) return;
            at_work_ = true;
            if (!queue_.empty()) {
                slot = running_ = queue_.front();
                queue_.pop_front();
                uploaded_ -= std::min<size_t>(uploaded_, 1);
            }
        }
        std::exception_ptr failure;
        const auto begun = std::chrono::steady_clock::now();
        waited_ = 0;
        try {
            if (slot)
                run(*slot);
            else
                settle();  // nothing to submit, and the caller waits
        } catch (...) {
            failure = std::current_exception();
            reducer_.fail(failure);
        }
        {
            const std::lock_guard lock(mutex_);
            at_work_ = false;
            running_.reset();
            work_.steps += slot ? 1 : 0;
            work_.seconds += seconds_since(begun) - waited_;
            if (slot) unsettled_ = slot;
            if (failure) {
                failure_ = failure;
                own_failure_ = !meets_others_;
                unsettled_.reset();
                queue_.clear();
                uploaded_ = 0;
            }
        }
        changed_.notify_all();
    }
}

void DeviceThread::settle() {
    if (!unsettled_) return;  // written by this thread only
    device_.await(*unsettled_, schedule_.segments.size() - 1);
    device_.settled(*unsettled_);
    {
        const std::lock_guard lock(mutex_);
        unsettled_.reset();
    }
    changed_.notify_all();
}

void DeviceThread::upload_next() {
    std::optional<size_t> slot;
    {
        const std::lock_guard lock(mutex_);
        if (uploaded_ < queue_.size()) slot = queue_[uploaded_++];
    }
    if (slot) device_.upload(*slot);
}

template <typename Work>
void DeviceThread::noted(const char* name, const Work& work) {
    if (!trace_ || !trace_->wants(steps_ - 1)) return work();
    const double begin = trace_->now();
    work();
    trace_->add({{TraceTrack::Kind::host, number_}, name, steps_ - 1, begin, trace_->now()});
}

void DeviceThread::run(size_t slot) {
    ++steps_;
    for (const Action& action : schedule_.actions) {
        switch (action.kind) {
            case Action::Kind::submit:
                noted("submit", [&] { device_.submit(slot, action.index); });
                settle();
                break;
            case Action::Kind::await:
                noted("await", [&] { device_.await(slot, action.index); });
                break;
            case Action::Kind::contribute:
                reducer_.contribute(action.index);
                break;
            case Action::Kind::collect: {
                const auto asked = std::chrono::steady_clock::now();
                meets_others_ = true;
                noted("collect", [&] { reducer_.collect(action.index, steps_); });
                meets_others_ = false;
                waited_ += seconds_since(asked);
                break;
            }
        }
        upload_next();
    }
}

}  // namespace vkm::graph
