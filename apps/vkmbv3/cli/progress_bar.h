#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace vkm::apps {

struct ProgressState {
    std::string label;  ///< "epoch 3/100"
    uint64_t done = 0, total = 0;
    double seconds = 0;   ///< since the start
    std::string details;  ///< "loss 1.234  590 img/s"
};

/// The state as one line of at most `columns` characters: label, bar, count, details, time left. What does
/// not fit is left out, the bar first.
std::string progress_line(const ProgressState&, size_t columns);

/// A bar that redraws itself in place on a terminal, at most ten times a second; elsewhere it prints nothing
/// at all.
class ProgressBar {
  public:
    /// `descriptor` is stderr's, or another's in tests.
    ProgressBar(std::string label, uint64_t total, int descriptor = 2);
    ~ProgressBar();  ///< clears the line
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    void update(uint64_t done, const std::string& details);
    void clear();  ///< before something else is printed; the next update draws again

  private:
    using Clock = std::chrono::steady_clock;

    void print(const std::string&) const;

    std::string label_;
    uint64_t total_;
    int descriptor_;
    bool terminal_, drawn_ = false;
    Clock::time_point start_ = Clock::now(), next_ = start_;
};

}  // namespace vkm::apps
