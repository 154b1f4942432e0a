#pragma once

#include "cli/common_options.h"

#include <graph/graph.h>
#include <graph/measure/paired_comparison.h>
#include <graph/measure/tuner.h>
#include <graph/models/model_config.h>

#include <functional>
#include <string>
#include <vector>

namespace vkm::apps {

/// Names what a command runs, and what messages call it: "training, 32 images".
struct Workload {
    struct Part {
        std::string name;
        graph::Graph graph;
    };
    std::vector<Part> parts;    ///< tuned one after the other; the last is what runs
    int64_t images = 1;         ///< of a batch
    std::string precision_key;  ///< under which its faster precision is known (precision.h)

    const graph::Graph& graph() const { return parts.back().graph; }
};

/// Returns inference of a model. Its convolutions come first and its blocks second, so that one kernel for a
/// block has to be faster than convolutions that were tuned.
Workload inference_workload(const std::string& name, const graph::ModelConfig&, int64_t batch_size,
                            graph::DType storage);

/// Returns what one of the open devices is to run in a precision: equally many workloads, in the same
/// order, for every precision.
using Workloads = std::function<std::vector<Workload>(const OpenDevices&, size_t device, graph::DType)>;

/// Holds the tuning of one workload on one device.
struct Tuned {
    std::string device, workload;
    graph::DType storage;
    graph::GraphTuning result;
};

/// Holds which precision of some work is faster on one device.
struct TunedPrecision {
    std::string device, key;
    graph::DType standard, other;       ///< standard: what the device's plan says
    graph::Comparison comparison = {};  ///< time of an image in the other precision / in the standard

    graph::DType best() const;
    double gain() const;  ///< time in the standard / in the best
};

struct TuningReport {
    std::vector<Tuned> graphs;
    std::vector<TunedPrecision> precisions;
};

/// Measures the workloads' kernel variants on every open device and keeps the choices
/// (engine/cache/tuning_file.h). With --precision auto it does so in both precisions, and then measures which
/// is faster. `anew` also measures what is known. Says on stderr how far it is.
TuningReport tune(const OpenDevices&, const CommonOptions&, const Workloads&, bool anew);

/// Returns "1.08x as fast with 41 of 212 choices changed, 88 pipelines instead of 75".
std::string summary_of(const graph::GraphTuning&);
/// Returns "amp takes 1.310x the time of fp32 (+- 0.020): fp32 it is".
std::string summary_of(const TunedPrecision&);

/// Adds --tune.
void add_tune_option(CLI::App&, bool& tune_first);

/// Opens the devices with the tuning that is known of each. With `tune_first` it first measures what of
/// the workloads is not known.
OpenDevices open_tuned(const CommonOptions&, bool tune_first, const Workloads&,
                       const graph::DeviceOptions& = {});

}  // namespace vkm::apps
