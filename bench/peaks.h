#pragma once

#include <bench/matrix_peak.h>
#include <graph/run/planned_device.h>

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vkm::bench {

/// Holds the rate of reads of a set of so many bytes, over and over.
struct CachedRead {
    uint64_t bytes = 0;
    double gbps = 0;
};
/// The sets that are read: from what lies beside every processor to what only memory holds.
constexpr std::array<uint64_t, 17> cached_read_bytes{
    4ull << 10,   8ull << 10,   16ull << 10, 32ull << 10,  64ull << 10, 128ull << 10,
    256ull << 10, 512ull << 10, 1ull << 20,  2ull << 20,   4ull << 20,  8ull << 20,
    16ull << 20,  32ull << 20,  64ull << 20, 128ull << 20, 256ull << 20};

/// Holds what a device can do at most, measured with kernels that do nothing else: the roofs under which the
/// real kernels are seen, and what people compare devices by. Units are 1e9 bytes and 1e9 operations a
/// second, and microseconds. 0 is what could not be measured; a barrier's 0 means that only where the
/// launch's is 0 too.
struct Peaks {
    double copy_gbps = 0;  ///< bytes read and bytes written, both counted
    double read_gbps = 0, write_gbps = 0;
    double misaligned_read_gbps = 0, misaligned_write_gbps = 0;  ///< neighbours a run of numbers apart
    double shared_gbps = 0;                                      ///< reads of a workgroup's own memory
    std::vector<CachedRead> cached_reads;
    double upload_gbps = 0, download_gbps = 0;  ///< host memory to the device's and back, as programs copy
    double upload_mapped_gbps = 0, upload_copy_gbps = 0;      ///< its halves: the host's, the device's
    double download_copy_gbps = 0, download_mapped_gbps = 0;  ///< the same of the way back
    double fp32_gflops = 0;
    std::optional<double> fp16_gflops;  ///< with shaderFloat16 only
    double int32_gops = 0;
    double int8_dot_gops = 0;  ///< four bytes with four, where that is one instruction
    MatrixPeak matrix;
    std::vector<MatrixRate> matrices;  ///< of every kind in every shape
    double launch_us = 0;              ///< of one of many dispatches that do not wait for each other
    double barrier_us = 0;             ///< what is added where each waits for the one before
    double submit_us = 0;  ///< of a submission of one empty dispatch, from submit to the end of wait
    /// Says why the device, its driver or this build cannot do what a figure (peak_figures.h) measures, by
    /// its name.
    std::map<std::string, std::string, std::less<>> absent;

    /// Returns whether there are roofs to see a kernel under.
    bool roofs() const { return copy_gbps > 0 && fp32_gflops > 0; }
};

/// Measures one peak, or some that belong together. That one cannot be measured says nothing of the others.
struct PeakMeasurement {
    std::string what;
    std::vector<std::string> names;       ///< of the figures that it measures, or says to be absent
    std::function<void(Peaks&)> measure;  ///< throws vkm::Error
};
/// Names the kernels that do nothing else. Tests put a wrong one in a place.
struct PeakShaders {
    PeakShaders();
    const Shader *copy, *read, *write, *strided_read, *strided_write, *cached_read, *shared;
    const Shader *multiply_add, *multiply_add_half, *multiply_add_int, *multiply_add_dot, *launch;
};
/// Returns all measurements, in the order in which to make them: what others go by first. Each looks at what
/// its kernel wrote, and throws where that is not what it should have computed.
std::vector<PeakMeasurement> peak_measurements(graph::PlannedDevice&, const PeakShaders& = {});

/// Returns "4 KiB".
std::string size_text(uint64_t bytes);
/// Returns the figure's name of reads of a set: "cached_read/4KiB".
std::string cached_read_name(uint64_t bytes);
/// Returns the figure's name of a kind of matrices: "matrix" of the first, "matrix_int8".
std::string matrix_name(const MatrixKind&);

}  // namespace vkm::bench
