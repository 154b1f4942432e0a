#pragma once

#include <train/data_wait.h>
#include <train/throughput.h>

#include <cstdint>

namespace vkm::train {

/// Measures how fast a run trains, from one line of its log to the next, without what is no training.
class TrainingRates {
  public:
    /// Calls `next`, which may wait for a batch, and returns what it returns.
    auto during(const auto& next) { return wait_.during(next); }
    /// Counts images that a device has done.
    void count(int64_t images) { images_ += images; }

    struct Rates {
        double images_per_second = 0;
        double data_wait = 0;  ///< share of the time that images were waited for
    };
    /// Returns the rates since the last look.
    Rates look() {
        const Rates rates{throughput_.look(images_), wait_.look()};
        images_ = 0;
        return rates;
    }
    /// Takes a run that is too short to have been looked at.
    void take_short_run() {
        if (images_ > 0 && !throughput_.known()) throughput_.look(images_);
    }
    /// Leaves out what was done until now.
    void restart() {
        throughput_.restart();
        wait_.restart();
        images_ = 0;
    }
    /// Returns the median in images a second.
    double median() const { return throughput_.median(); }

  private:
    Throughput throughput_;
    DataWait wait_;
    int64_t images_ = 0;
};

}  // namespace vkm::train
