#pragma once

#include <bench/matrix_peak.h>
#include <graph/run/planned_device.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vkm::bench {

/// Holds what a device can do at most, measured with kernels that do nothing else: the roofs under which the
/// real kernels are seen. Units are 1e9 bytes and 1e9 floating-point operations a second, and microseconds. 0
/// is what could not be measured; a barrier's 0 means that only where the launch's is 0 too.
struct Peaks {
    double copy_gbps = 0;  ///< bytes read and bytes written, both counted
    double read_gbps = 0, write_gbps = 0;
    double upload_gbps = 0, download_gbps = 0;  ///< host memory to the device's and back, as programs copy
    double fp32_gflops = 0;
    std::optional<double> fp16_gflops;  ///< with shaderFloat16 only
    MatrixPeak matrix;
    double launch_us = 0;   ///< of one of many dispatches that do not wait for each other
    double barrier_us = 0;  ///< what is added where each waits for the one before
    double submit_us = 0;   ///< of a submission of one empty dispatch, from submit to the end of wait

    /// Returns whether there are roofs to see a kernel under.
    bool roofs() const { return copy_gbps > 0 && fp32_gflops > 0; }
};

/// Measures one peak, or two that belong together. That one cannot be measured says nothing of the others.
struct PeakMeasurement {
    std::string what;
    std::vector<std::string> names;       ///< of what it measures
    std::function<void(Peaks&)> measure;  ///< throws vkm::Error
};
/// Names the kernels that do nothing else. Tests put a wrong one in a place.
struct PeakShaders {
    PeakShaders();
    const Shader *copy, *read, *write, *multiply_add, *multiply_add_half, *launch;
};
/// Returns all measurements the device allows, in the order in which to make them. Each looks at what its kernel wrote, and
/// throws where that is not what it should have computed.
std::vector<PeakMeasurement> peak_measurements(graph::PlannedDevice&, const PeakShaders& = {});

/// Times a few milliseconds of arithmetic that is always the same: changes from time to time are noise of
/// the machine. Microseconds.
class NoiseProbe {
  public:
    explicit NoiseProbe(graph::PlannedDevice&);
    void measure();
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
