#include <graph/run/rendezvous.h>

#include <utility>

namespace vkm::graph {

Rendezvous::Rendezvous(size_t participants, size_t reductions, std::function<void(size_t)> reduce)
    : participants_(participants), reduce_(std::move(reduce)), states_(reductions) {}

void Rendezvous::contribute(size_t reduction) {
    {
        const std::lock_guard lock(mutex_);
        State& state = states_.at(reduction);
        if (++state.contributed < participants_) return;
        state.contributed = 0;
    }
    reduce_(reduction);  // nobody else touches this reduction's memory until its generation advances
    {
        const std::lock_guard lock(mutex_);
        ++states_[reduction].generation;
    }
    changed_.notify_all();
}

void Rendezvous::collect(size_t reduction, uint64_t generation) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return failure_ || states_.at(reduction).generation >= generation; });
    if (failure_) std::rethrow_exception(failure_);
}

void Rendezvous::fail(std::exception_ptr reason) {
    {
        const std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::move(reason);
    }
    changed_.notify_all();
}

}  // namespace vkm::graph
