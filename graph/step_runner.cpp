#include <graph/step_runner.h>

namespace vkm::graph {

StepRunner::StepRunner(SegmentDevice& device, const Schedule& schedule, Rendezvous& rendezvous)
    : device_(device), schedule_(schedule), rendezvous_(rendezvous), thread_([this] { loop(); }) {}

StepRunner::~StepRunner() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void StepRunner::start(size_t slot) {
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back(slot);
    }
    changed_.notify_all();
}

void StepRunner::drain() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return failure_ || (queue_.empty() && !running_); });
    if (failure_) std::rethrow_exception(failure_);
}

void StepRunner::loop() {
    for (;;) {
        size_t slot = 0;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return stop_ || !queue_.empty(); });
            if (stop_) return;
            slot = queue_.front();
            queue_.pop_front();
            running_ = true;
        }
        std::exception_ptr failure;
        try {
            run(slot);
        } catch (...) {
            failure = std::current_exception();
            rendezvous_.fail(failure);
        }
        {
            const std::lock_guard lock(mutex_);
            running_ = false;
            if (failure) {
                failure_ = failure;
                queue_.clear();
            }
        }
        changed_.notify_all();
    }
}

void StepRunner::run(size_t slot) {
    ++steps_;
    for (const Action& action : schedule_.actions) {
        switch (action.kind) {
            case Action::Kind::submit:
                device_.submit(slot, action.index);
                break;
            case Action::Kind::await:
                device_.await(slot, action.index);
                break;
            case Action::Kind::contribute:
                rendezvous_.contribute(action.index);
                break;
            case Action::Kind::collect:
                rendezvous_.collect(action.index, steps_);
                break;
        }
    }
}

}  // namespace vkm::graph
