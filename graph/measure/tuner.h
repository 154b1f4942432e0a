#pragma once

#include <graph/graph.h>
#include <graph/lower/program.h>
#include <graph/measure/paired_comparison.h>
#include <graph/run/planned_device.h>

#include <functional>
#include <vector>

namespace vkm::graph {

/// What became of a choice.
struct TunedPoint {
    ChoicePoint point;    ///< its node is one of those that make this choice
    size_t nodes = 0;     ///< how many do
    size_t best = 0;      ///< among the point's candidates
    double gain = 1;      ///< time of the node with the default / with the best; 1 for the default
    double saved_us = 0;  ///< in all those nodes together
};

/// Choices of a graph that were measured, and what all of them together gain.
struct GraphTuning {
    std::vector<TunedPoint> points;
    double noise = 0;           ///< of `gain`
    double gain = 1;            ///< measured: time of the graph before / with the new choices
    bool kept = true;           ///< false: together they gain nothing, and `tuning` says default everywhere
    size_t kernels_before = 0;  ///< pipelines of the graph
    size_t kernels = 0;         ///< with `tuning`
    engine::Tuning tuning;      ///< what was known, and every choice of the graph
};

struct TuningOptions {
    double least_gain = 0.03;    ///< of a node's time that another candidate must save
    double least_share = 0.001;  ///< of a graph's time: nodes that take less are left alone, pipelines that
                                 ///< save less are not made
    double least_us = 4'000;     ///< a measurement repeats its node until it lasts so long
    size_t rounds = 7;           ///< in which the best candidates are compared with the default
    double graph_us = 100'000;   ///< of a round in which the whole graph is compared
    std::function<void(size_t done, size_t total)> progress = {};
};

/// Choices the graph makes on a device of this plan that `known` does not hold, each once.
std::vector<TunedPoint> open_choices(const Graph&, const KernelPlan&, const engine::Tuning& known);

/// Measures the graph's open choices on the device, node by node, and then whether all of them together make
/// it faster; where they do not, they are dropped.
GraphTuning tune_graph(PlannedDevice&, const Graph&, const engine::Tuning& known, const TuningOptions& = {});

/// A graph with choices.
struct TunedGraph {
    const Graph& graph;
    const engine::Tuning& tuning;
};

/// Runs both in turn, in rounds of about so long. Throws OutOfDeviceMemory where one does not fit alone.
Comparison compare_graphs(PlannedDevice&, const TunedGraph& standard, const TunedGraph& other,
                          double round_us = TuningOptions{}.graph_us);

}  // namespace vkm::graph
