#pragma once

#include <bench/matrix_peak.h>
#include <graph/run/planned_device.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vkm::bench {

/// What a device can do at most, measured with kernels that do nothing else: the roofs under which the real
/// kernels are seen. Units: 1e9 bytes and 1e9 floating-point operations a second, microseconds. 0 is what
/// could not be measured; of a barrier only where that of a launch is 0 too.
struct Peaks {
    double copy_gbps = 0;  ///< bytes read and bytes written, both counted
    double read_gbps = 0, write_gbps = 0;
    double fp32_gflops = 0;
    std::optional<double> fp16_gflops;  ///< with shaderFloat16 only
    MatrixPeak matrix;
    double launch_us = 0;   ///< of one of many dispatches that do not wait for each other
    double barrier_us = 0;  ///< what it adds that each waits for the one before
    double submit_us = 0;   ///< of a submission of one empty dispatch, from submit to the end of wait

    /// Whether there are roofs to see a kernel under.
    bool roofs() const { return copy_gbps > 0 && fp32_gflops > 0; }
};

/// One of them, or two that belong together: that one cannot be measured says nothing of the others.
struct PeakMeasurement {
    std::string what;
    std::function<void(Peaks&)> measure;  ///< throws vkm::Error
};
/// All that the device has, in the order in which to measure them.
std::vector<PeakMeasurement> peak_measurements(graph::PlannedDevice&);

/// A few milliseconds of arithmetic, always the same: what changes of it from time to time is noise of the
/// machine. Microseconds.
class NoiseProbe {
  public:
    explicit NoiseProbe(graph::PlannedDevice&);
    void measure();
    /// Largest difference between the medians of the early and the late measurements, and between quartiles,
    /// as a share of the median; 0 with fewer than four.
    double noise() const;

  private:
    graph::PlannedDevice& device_;
    engine::Block result_;
    std::function<double()> run_;
    std::vector<double> times_;
};

}  // namespace vkm::bench
