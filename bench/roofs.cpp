#include <bench/roofs.h>

#include <algorithm>

namespace vkm::bench {

Standing standing(double microseconds, const graph::Traffic& work, const Peaks& peaks, bool half_precision) {
    Standing standing;
    standing.gbps = work.least_bytes / microseconds * 1e-3;
    standing.gflops = work.flops / microseconds * 1e-3;
    const double arithmetic =
        half_precision ? std::max(peaks.fp16_gflops.value_or(0), peaks.fp32_gflops) : peaks.fp32_gflops;
    const double on_matrix_units = peaks.matrix.gflops.value_or(arithmetic);
    const double bandwidth_us = work.least_bytes / peaks.copy_gbps * 1e-3;
    const double compute_us =
        ((work.flops - work.matrix_flops) / arithmetic + work.matrix_flops / on_matrix_units) * 1e-3;
    standing.share_bandwidth = bandwidth_us / microseconds;
    standing.share_compute = compute_us / microseconds;
    const double launch_us = static_cast<double>(work.dispatches) * (peaks.launch_us + peaks.barrier_us);
    const double nearest = std::max({bandwidth_us, compute_us, launch_us});
    standing.roof = nearest == launch_us ? "launch" : nearest == compute_us ? "compute" : "bandwidth";
    return standing;
}

}  // namespace vkm::bench
