#pragma once

#include <bench/cases.h>
#include <bench/results.h>
#include <graph/run/planned_device.h>

#include <functional>

namespace vkm::bench {

/// Says how long a network runs.
struct ModelRun {
    size_t samples = 5;         ///< timings
    double least_us = 200'000;  ///< of one
    bool layers = true;         ///< times every dispatch of one batch more
    /// Asked after each timing from the third on: whether those that are left are not made.
    std::function<bool()> enough = {};
};

/// Runs a whole network, batch after batch. Throws OutOfDeviceMemory where it does not fit the device.
ModelResult run_model(graph::PlannedDevice&, const NetworkGraph&, const ModelRun&);

/// Counts the batches that run_model() runs of a network at least: what fills the slots, one to see how long it takes, the timings.
size_t least_batches(bool training, int64_t batch);

}  // namespace vkm::bench
