#pragma once

#include <bench/peaks.h>
#include <graph/lower/traffic.h>

#include <string>

namespace vkm::bench {

/// Says where a time lies under the device's roofs. Shares are of the peaks, from least bytes and FLOPs. For
/// products on matrix units the peak is that of matrix units.
struct Standing {
    double gbps = 0, gflops = 0;
    double share_bandwidth = 0, share_compute = 0;
    std::string roof;  ///< "bandwidth", "compute" or "launch": which allows the least time
};
/// Returns the standing under peaks that have roofs().
Standing standing(double microseconds, const graph::Traffic&, const Peaks&, bool half_precision);

}  // namespace vkm::bench
