#pragma once

#include "common_options.h"

#include <graph/graph.h>
#include <graph/models/model_config.h>
#include <graph/tuner.h>

#include <functional>
#include <string>
#include <vector>

namespace vkm::apps {

/// A graph that a command runs, and how messages call it: "training, 32 images".
struct Workload {
    std::string name;
    graph::Graph graph;
};

/// Inference of a model: its convolutions, and then its blocks, so that one kernel for a block has to be
/// faster than convolutions that were tuned.
std::vector<Workload> inference_workloads(const std::string& name, const graph::ModelConfig&,
                                          int64_t batch_size, graph::DType storage);

/// What one of the open devices is to run.
using Workloads = std::function<std::vector<Workload>(const OpenDevices&, size_t device)>;

/// One workload on one device.
struct Tuned {
    std::string device, workload;
    graph::GraphTuning result;
};

/// Measures the workloads' kernel variants on every open device and keeps the choices (engine/tuning_file.h).
/// `anew`: also those that are known. Says on stderr how far it is.
std::vector<Tuned> tune(const OpenDevices&, const Workloads&, bool anew, bool quiet);

/// "1.08x as fast with 41 of 212 choices changed, 88 pipelines instead of 75"
std::string summary_of(const graph::GraphTuning&);

/// --tune.
void add_tune_option(CLI::App&, bool& tune_first);

/// Opens the devices with the tuning that is known of each; before that measures, where `tune_first`, what of
/// the workloads is not known.
OpenDevices open_tuned(const CommonOptions&, bool tune_first, const Workloads&,
                       const engine::PlanOptions& = {});

}  // namespace vkm::apps
