#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace vkm::graph {

/// Carries out the host reductions of a step, over and over, for the host threads of several devices, which
/// go on meanwhile. One thread makes them, one at a time, in the order of their numbers and step after step,
/// whichever is ready first. Between processes they may therefore be blocking collectives.
class Reducer {
  public:
    /// Makes one reduction, all of whose contributions are in place. Nobody else touches its
    /// memory until it returns.
    using Combine = std::function<void(size_t reduction)>;

    Reducer(size_t participants, size_t reductions, Combine);
    /// `parts`: how many participants contribute to each reduction. Who contributes and does not collect may be a step
    /// ahead of the others.
    Reducer(std::vector<size_t> parts, Combine);
    ~Reducer();

    /// Says that this participant's part is in place. Does not wait.
    void contribute(size_t reduction);
    /// Waits until the `generation`-th round (counted from 1) of this reduction is done. Rethrows the reason
    /// given to `fail`.
    void collect(size_t reduction, uint64_t generation);
    /// Ends every wait, now and later, with the reason: a participant will not come.
    void fail(std::exception_ptr);

  private:
    struct State {
        size_t contributed = 0;
        uint64_t generation = 0;
    };

    void loop();

    std::vector<size_t> parts_;
    Combine combine_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<State> states_;
    std::exception_ptr failure_;
    bool stop_ = false;
    std::thread thread_;
};

}  // namespace vkm::graph
