#include <bench/roofs.h>
#include <graph/operator.h>

#include <algorithm>

namespace vkm::bench {

Work& Work::operator+=(const Work& other) {
    flops += other.flops;
    bytes += other.bytes;
    least_bytes += other.least_bytes;
    dispatches += other.dispatches;
    return *this;
}

Work work_of(const graph::Graph& graph, const graph::Node& node, const graph::Program& program,
             graph::NodeId id) {
    Work work;
    const auto bytes = [&](graph::ValueId value) { return static_cast<double>(graph.type(value).bytes()); };
    for (const graph::ValueId value : node.inputs)
        work.least_bytes += bytes(value);
    for (const graph::ValueId value : node.outputs)
        work.least_bytes += bytes(value);
    for (const size_t updated : node.op->updates())
        work.least_bytes += bytes(node.inputs[updated]);
    const auto is_updated = [&](const graph::Region& region) {
        return std::ranges::any_of(node.op->updates(), [&](size_t i) {
            return program.buffer_of_value[static_cast<size_t>(node.inputs[i])] == region.buffer;
        });
    };
    for (const graph::Command& command : program.commands) {
        if (command.node != id) continue;
        for (const graph::Region& region : graph::regions(command))
            work.bytes += static_cast<double>(region.bytes) * (is_updated(region) ? 2 : 1);
        if (const auto* dispatch = std::get_if<graph::DispatchCommand>(&command.what)) {
            work.flops += dispatch->flops;
            ++work.dispatches;
        }
    }
    return work;
}

Standing standing(double microseconds, const Work& work, const Peaks& peaks, bool half_precision) {
    Standing standing;
    standing.gbps = work.least_bytes / microseconds * 1e-3;
    standing.gflops = work.flops / microseconds * 1e-3;
    const double arithmetic =
        half_precision ? std::max(peaks.fp16_gflops.value_or(0), peaks.fp32_gflops) : peaks.fp32_gflops;
    standing.share_bandwidth = standing.gbps / peaks.copy_gbps;
    standing.share_compute = standing.gflops / arithmetic;
    const double bandwidth_us = work.least_bytes / peaks.copy_gbps * 1e-3;
    const double compute_us = work.flops / arithmetic * 1e-3;
    const double launch_us = static_cast<double>(work.dispatches) * (peaks.launch_us + peaks.barrier_us);
    const double nearest = std::max({bandwidth_us, compute_us, launch_us});
    standing.roof = nearest == launch_us ? "launch" : nearest == compute_us ? "compute" : "bandwidth";
    return standing;
}

}  // namespace vkm::bench
