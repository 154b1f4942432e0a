#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <vector>

namespace vkm::graph {

/// Where the host threads of several devices meet for the host reductions of a step, over and over.
class Rendezvous {
  public:
    /// `reduce(i)` runs on the thread of the last contributor to reduction i.
    Rendezvous(size_t participants, size_t reductions, std::function<void(size_t)> reduce);

    /// This participant's part is in place. Does not wait.
    void contribute(size_t reduction);
    /// Until the `generation`-th round (counted from 1) of this reduction is done. Rethrows `fail`'s reason.
    void collect(size_t reduction, uint64_t generation);
    /// A participant will not come: everyone who waits, now or later, gets the reason.
    void fail(std::exception_ptr);

  private:
    struct State {
        size_t contributed = 0;
        uint64_t generation = 0;
    };
    size_t participants_;
    std::function<void(size_t)> reduce_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<State> states_;
    std::exception_ptr failure_;
};

}  // namespace vkm::graph
