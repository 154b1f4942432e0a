#include <graph/run/reducer.h>

#include <utility>

namespace vkm::graph {

Reducer::Reducer(size_t participants, size_t reductions, Combine combine)
    : Reducer(std::vector(reductions, participants), std::move(combine)) {}

Reducer::Reducer(std::vector<size_t> parts, Combine combine)
    : parts_(std::move(parts)),
      combine_(std::move(combine)),
      states_(parts_.size()),
      thread_([this] { loop(); }) {}

Reducer::~Reducer() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void Reducer::contribute(size_t reduction) {
    {
        const std::lock_guard lock(mutex_);
        if (++states_.at(reduction).contributed < parts_[reduction]) return;
    }
    changed_.notify_all();
}

void Reducer::collect(size_t reduction, uint64_t generation) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return failure_ || states_.at(reduction).generation >= generation; });
    if (failure_) std::rethrow_exception(failure_);
}

void Reducer::fail(std::exception_ptr reason) {
    {
        const std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::move(reason);
    }
    changed_.notify_all();
}

void Reducer::loop() {
    if (states_.empty()) return;
    for (size_t next = 0;; next = (next + 1) % states_.size()) {
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock,
                          [&] { return stop_ || failure_ || states_[next].contributed >= parts_[next]; });
            if (stop_ || failure_) return;
            states_[next].contributed -= parts_[next];
        }
        try {
            combine_(next);
        } catch (...) {
            return fail(std::current_exception());
        }
        {
            const std::lock_guard lock(mutex_);
            ++states_[next].generation;
        }
        changed_.notify_all();
    }
}

}  // namespace vkm::graph
