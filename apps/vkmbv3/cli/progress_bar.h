#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace vkm::apps {

struct ProgressState {
    std::string label;  ///< "epoch 3/100"
    uint64_t done = 0;
    std::optional<uint64_t> total;  ///< empty: not known
    double seconds = 0;             ///< since the start
    std::string details;            ///< "loss 1.234  590 img/s"
    std::string tail = {};          ///< behind the time left: "run 1:23:20 left"
};

/// Returns a time as "0:30" or "1:23:20", and nothing where it is too long or no number.
std::string duration_text(double seconds);

/// Returns the state as one line of at most `columns` characters: label, bar, count, details, time left. What
/// is not known is left out, and so is what does not fit, the bar first.
std::string progress_line(const ProgressState&, size_t columns);

/// Shows how far a command is: a bar that redraws itself in place on a terminal, at most ten times a second.
/// Elsewhere, and with `quiet`, it prints nothing at all.
class ProgressBar {
  public:
    struct Options {
        bool quiet = false;
        std::chrono::milliseconds delay{0};  ///< nothing is drawn earlier: quick work needs no bar
        int descriptor = 2;                  ///< stderr's, or another's in tests
    };

    ProgressBar(std::string label, std::optional<uint64_t> total, const Options&);
    ~ProgressBar();  ///< clears the line
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    void update(uint64_t done, const std::string& details = {}, const std::string& tail = {});
    /// Removes the bar before something else is printed; the next update draws it again.
    void clear();

  private:
    using Clock = std::chrono::steady_clock;

    std::string label_;
    std::optional<uint64_t> total_;
    Options options_;
    bool shown_, drawn_ = false;
    Clock::time_point start_ = Clock::now(), next_ = start_;
};

}  // namespace vkm::apps
