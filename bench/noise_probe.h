#pragma once

#include <graph/run/planned_device.h>

#include <functional>
#include <vector>

namespace vkm::bench {

/// Times a few milliseconds of arithmetic that is always the same: changes from time to time are noise of
/// the machine. Microseconds.
class NoiseProbe {
  public:
    explicit NoiseProbe(graph::PlannedDevice&);
    /// Returns what the work takes now.
    double measure();
    /// Returns whether there are the four measurements without which nothing can be said.
    bool enough() const { return times_.size() >= 4; }
    /// Returns the noise as a share of the median, 0 where there are not enough: the larger of the
    /// difference between the medians of the early and the late ones and of that between the quartiles.
    double noise() const;

  private:
    graph::PlannedDevice& device_;
    engine::Block result_;
    std::function<double()> run_;
    std::vector<double> times_;
};

}  // namespace vkm::bench
