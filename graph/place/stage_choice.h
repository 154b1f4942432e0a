#pragma once

#include <graph/place/stages.h>
#include <graph/place/step_times.h>

#include <cstdint>
#include <vector>

namespace vkm::graph {

/// Says what one batch costs, by layer.
struct LayerCosts {
    struct Seconds {
        double forward = 0, backward = 0;
    };
    std::vector<std::vector<Seconds>> devices;  ///< by device and layer
    std::vector<CutTraffic> cuts;               ///< by layer: between those before it and the others
    std::vector<int64_t> kept_bytes;  ///< by layer: of a batch, from its forward to its backward part
    double seconds_per_byte = 0;      ///< from a device to another one
    /// What may be kept at a time, by device: beside the model itself. 0: any amount.
    std::vector<uint64_t> memory_bytes;

    size_t layers() const { return kept_bytes.size(); }
};

/// Returns what a step's first batch keeps and moves, by layer: costs without times, which devices have.
LayerCosts costs_without_times(const BatchedStep&);

/// Returns what each device takes for all layers of a batch, forward and back.
std::vector<double> seconds_by_device(const LayerCosts&);

/// Returns how long each stage takes for a batch.
std::vector<StageTimes> stage_times(const LayerCosts&, const StageLayers&);

/// Gives every device, in their order, one part of the layers, so that the slowest stage is as fast as can be, its
/// transfers counted in, and none keeps more than its memory holds: stage s of S keeps min(S - s, batches) batches.
/// Throws Error where there are more devices than layers, OutOfDeviceMemory where no way to cut fits.
StageLayers choose_stages(const LayerCosts&, size_t batches);

}  // namespace vkm::graph
