#pragma once

#include <base/quantile.h>

#include <chrono>
#include <cstdint>
#include <vector>

namespace vkm::train {

/// Measures images per second between two looks at the clock; the run's figure is the median.
class Throughput {
  public:
    double look(int64_t images) {
        const std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now();
        const std::chrono::duration<double> elapsed = now - last_;
        last_ = now;
        if (elapsed.count() <= 0) return 0;
        rates_.push_back(static_cast<double>(images) / elapsed.count());
        return rates_.back();
    }
    void restart() { last_ = std::chrono::steady_clock::now(); }
    bool known() const { return !rates_.empty(); }
    double median() const { return vkm::median(rates_); }

  private:
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
    std::vector<double> rates_;
};

}  // namespace vkm::train
