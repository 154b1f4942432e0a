#pragma once

#include <atomic>
#include <functional>
#include <limits>
#include <memory>

namespace vkm::bench {

/// Ends the program where what it measures does not end by itself: a driver may take minutes over one kernel, and nothing
/// on the host can hurry it. Then, or some seconds after an interrupt, it calls `last_words` on a thread of its own and
/// ends the program with the status that they return. No destructor runs: threads of a driver may still use what it
/// would destroy.
class Deadline {
  public:
    /// With `never` it only watches for an interrupt. Seconds that are over already end the program at once.
    Deadline(double seconds, const std::atomic<bool>& interrupted, std::function<int()> last_words);
    /// Takes it back: the program has ended what it does.
    ~Deadline();
    Deadline(const Deadline&) = delete;

    static constexpr double never = std::numeric_limits<double>::infinity();
    static constexpr double grace = 5;  ///< seconds from an interrupt until the last words

  private:
    struct Thread;
    std::unique_ptr<Thread> thread_;
};

}  // namespace vkm::bench
