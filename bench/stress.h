#pragma once

#include <base/error.h>
#include <graph/models/model_config.h>
#include <train/model_on_devices.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace vkm::bench {

/// Reports that a device computed other bits than before, from the same state and the same images. The message names the
/// device, the pass, and what differs.
class WrongBits : public Error {
  public:
    using Error::Error;
};

/// Holds what a pass computed, to the bit.
struct PassResult {
    std::vector<float> losses;  ///< of its steps
    uint32_t metrics = 0;       ///< checksum of all that the steps reported
    uint32_t weights = 0;  ///< checksum of weights, statistics and the optimizer's state behind the last step

    bool operator==(const PassResult&) const = default;
};
/// Says what differs, in words; empty where nothing does.
std::string difference(const PassResult& first, const PassResult& now);

struct StressOptions {
    graph::ModelConfig model;
    int64_t batch = 32;
    graph::DType precision = graph::DType::f32;
    double seconds = 60;
    double pass_seconds = 2;  ///< of steps, about; what lies between passes is not counted
    const std::atomic<bool>* interrupted = nullptr;
    /// Called where a pass is about to begin, from 0 on: tests change a bit of the state here.
    std::function<void(size_t pass, train::ModelOnDevices&, const graph::Graph&)> before_pass = {};
};

struct StressPass {
    double at = 0;  ///< seconds from the beginning to its end
    double images_per_second = 0;
};

/// Trains the same steps again and again from the same state, for so long, and at least two passes. `done` is told of
/// every pass. Throws WrongBits where a pass differs from the first.
std::vector<StressPass> run_stress(graph::PlannedDevice&, const StressOptions&,
                                   const std::function<void(const StressPass&)>& done = {});

}  // namespace vkm::bench
