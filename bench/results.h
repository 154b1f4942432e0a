#pragma once

#include <bench/peaks.h>
#include <bench/roofs.h>
#include <bench/state_watch.h>

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace vkm::bench {

/// Holds what was measured of one kernel benchmark. Times are per run of the node.
struct KernelResult {
    std::string name, model, precision, layer, op, shapes, kernels;
    int64_t batch = 0;
    std::vector<double> times_us;  ///< device, one a submission
    double host_us = 0;            ///< median, by the host's clock
    graph::Traffic work;
    std::optional<double> max_error;  ///< against the CPU reference, relative to its largest magnitude
    std::string checked;              ///< where: "itself", or the case or batch that stands for it
    std::string failure;              ///< why there is no time, or why the result is wrong
    std::string skipped;              ///< why it was not measured: it does not fit the device
};

/// Holds what was measured of a whole network: inference of a batch, or a training step.
struct ModelResult {
    std::string name, model, precision, mode;
    int64_t batch = 0, input_size = 0;
    std::vector<double> wall_us;  ///< of a batch, steps following each other as in use
    double setup_us = 0;          ///< the host's time before the first batch: kernels, memory, inputs
    double device_us = 0;         ///< first dispatch to last, with timestamps between them
    double kernels_us = 0;        ///< sum of the dispatches
    std::vector<graph::NodeTraffic> layers;
    std::string failure, skipped;
};

struct Results {
    std::optional<Peaks> peaks;
    std::vector<KernelResult> kernels;
    std::vector<ModelResult> models;
    std::optional<StateWatch::Seen> state;  ///< of the device while it was measured
    double noise = 0;
    bool noise_known = false;           ///< the run lasted long enough to tell
    size_t unfinished = 0;              ///< benchmarks that have not run
    std::vector<std::string> failures;  ///< of what is no benchmark, and of the device itself
};

/// A machine is called noisy where this share is exceeded from one half of a run to the other.
constexpr double most_noise = 0.05;

/// Returns the document that docs/benchmarks.md describes.
nlohmann::json to_json(const Results&, const graph::PlannedDevice&);

/// Returns the document as text with a line for every kernel and model, so that files of results can be read
/// and compared. Numbers have six digits, more than any clock here gives.
std::string to_text(const nlohmann::json& document);

}  // namespace vkm::bench
