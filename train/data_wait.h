#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace vkm::train {

/// Measures which share of the time a training waits for images.
class DataWait {
  public:
    /// Calls `next`, which may wait for images, and returns what it returns.
    auto during(const auto& next) {
        const Clock::time_point start = Clock::now();
        auto result = next();
        waited_ += Clock::now() - start;
        return result;
    }

    /// Leaves out the time until now: of validations, and of what is done once.
    void restart();

    /// Returns the share since the last look, 0 to 1.
    double look();

  private:
    using Clock = std::chrono::steady_clock;

    Clock::time_point since_ = Clock::now();
    Clock::duration waited_{};
};

/// Says once, when waiting has been worth mentioning for some looks on end, what can be done about it.
class DataWaitAdvice {
  public:
    /// Takes the number of threads that read images; 0: one a core.
    explicit DataWaitAdvice(int workers) : workers_(workers) {}

    std::optional<std::string> after(double share);

  private:
    int workers_;
    int looks_ = 0;
    double sum_ = 0;
    bool said_ = false;
};

}  // namespace vkm::train
