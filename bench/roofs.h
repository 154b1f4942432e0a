#pragma once

#include <bench/peaks.h>
#include <graph/graph.h>
#include <graph/program.h>

#include <string>

namespace vkm::bench {

/// What a node or a layer asks of a device.
struct Work {
    double flops = 0;  ///< two a multiply-add; of convolutions and fully connected layers, as summaries count
    double bytes = 0;  ///< what its dispatches read and write, every binding once: scratch and parts included
    double least_bytes = 0;  ///< its inputs and outputs once
    size_t dispatches = 0;

    Work& operator+=(const Work&);
};
Work work_of(const graph::Graph&, const graph::Node&, const graph::Program&, graph::NodeId);

/// Where a time lies under the device's roofs. Shares are of the peaks, from least bytes and FLOPs.
struct Standing {
    double gbps = 0, gflops = 0;
    double share_bandwidth = 0, share_compute = 0;
    std::string roof;  ///< "bandwidth", "compute" or "launch": which allows the least time
};
Standing standing(double microseconds, const Work&, const Peaks&, bool half_precision);

}  // namespace vkm::bench
