#include <base/quantile.h>
#include <engine/error.h>
#include <graph/lower/lowering.h>
#include <graph/lower/traffic.h>
#include <graph/measure/graph_timer.h>
#include <graph/measure/node_timer.h>
#include <graph/measure/tuner.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <optional>
#include <set>

namespace vkm::graph {
namespace {

using engine::Tuning;

/// Nodes that do the same work: they make the same choices.
struct Task {
    std::vector<NodeId> nodes;
    std::vector<size_t> points;  ///< among the open ones
    double microseconds = 0;     ///< of all its nodes
};

struct Tasks {
    std::vector<TunedPoint> points;
    std::vector<Task> tasks;
};

Tasks open_tasks(const Graph& graph, const KernelPlan& plan) {
    const Program program = lower(graph, plan);
    std::map<NodeId, std::vector<const ChoicePoint*>> by_node;
    for (const ChoicePoint& point : program.choices)
        if (!plan.tuning.contains(point.key())) by_node[point.node].push_back(&point);
    Tasks open;
    std::map<std::string, size_t> known_points;
    std::map<std::set<size_t>, size_t> known_tasks;
    for (const auto& [node, points] : by_node) {
        std::set<size_t> own;
        for (const ChoicePoint* point : points) {
            const auto [at, fresh] = known_points.try_emplace(point->key(), open.points.size());
            if (fresh) open.points.push_back({.point = *point});
            if (own.insert(at->second).second) ++open.points[at->second].nodes;
        }
        const auto [at, fresh] = known_tasks.try_emplace(own, open.tasks.size());
        if (fresh) open.tasks.push_back({{}, {own.begin(), own.end()}});
        open.tasks[at->second].nodes.push_back(node);
    }
    return open;
}

// Microseconds of every node; empty where the device has no clock.
std::vector<double> profile(PlannedDevice& device, const Graph& graph, const Tuning& known) {
    DeviceState state(device);
    GraphRun run(state, graph, {.slots = 1, .profile = true, .compile_progress = {}, .tuning = known});
    run.run(2);
    const std::vector<engine::DispatchTime> times = run.executor().times(0, 0);
    std::vector<double> microseconds;
    if (times.empty()) return microseconds;
    for (const NodeTraffic& row : traffic_by_node(graph, run.executor().program(0), times))
        microseconds.push_back(row.microseconds);
    return microseconds;
}

std::set<std::string> kernel_labels(const Program& program) {
    std::set<std::string> labels;
    for (const engine::KernelSpec& spec : kernel_specs(program))
        labels.insert(spec.label());
    return labels;
}

bool same_work(const Program& a, const Program& b) {
    return std::ranges::equal(a.commands, b.commands, [](const Command& x, const Command& y) {
        const auto *p = std::get_if<DispatchCommand>(&x.what), *q = std::get_if<DispatchCommand>(&y.what);
        if (!p || !q) return !p && !q && x.what.index() == y.what.index();
        return p->kernel == q->kernel && p->push == q->push && p->groups == q->groups;
    });
}

Tuning with(Tuning tuning, const ChoicePoint& point, size_t candidate) {
    tuning[point.key()] = {point.candidates[candidate]};
    return tuning;
}

/// Measures one task's choices, one after the other.
class TaskTuner {
  public:
    TaskTuner(PlannedDevice& device, const Graph& graph, NodeId node, const Tuning& known,
              const TuningOptions& options)
        : device_(device),
          options_(options),
          tuning_(known),
          run_(device, isolate(graph, graph.nodes()[static_cast<size_t>(node)]),
               with_tuning(device.plan(), known),
               {.least_us = options.least_us, .most_bytes = device.snapshot().device_memory_bytes() / 2}) {}

    void tune(TunedPoint& tuned) {
        const std::vector<Candidate> candidates = add_candidates(tuned.point);
        const std::vector<Candidate> best = screen(candidates);
        for (const Candidate& candidate : best) {
            const auto [comparison, saved_us] = against_standard(candidate);
            if (!comparison.faster(options_.least_gain)) continue;
            tuned.best = candidate.index;
            tuned.gain = 1 / comparison.ratio;
            tuned.saved_us = saved_us * static_cast<double>(tuned.nodes);
            tuning_ = with(std::move(tuning_), tuned.point, candidate.index);
            standard_ = candidate.way;
            return;
        }
    }

  private:
    struct Candidate {
        size_t index = 0, way = 0;
    };
    static constexpr size_t screening_rounds = 2, most_compared = 2;
    static constexpr double hopeless = 1.1;  ///< times as long as the best

    std::vector<Candidate> add_candidates(const ChoicePoint& point) {
        std::vector<Candidate> candidates;
        std::vector<size_t> ways{standard_};
        for (size_t i = 1; i < point.candidates.size(); ++i) {
            const KernelPlan plan = with_tuning(device_.plan(), with(tuning_, point, i));
            const Program program = lower(run_.node().graph, plan);
            if (std::ranges::any_of(ways, [&](size_t way) { return same_work(run_.program(way), program); }))
                continue;
            try {
                ways.push_back(run_.add(plan));
            } catch (const DeviceLost&) {
                throw;
            } catch (const Error&) {  // a kernel this driver cannot make
                continue;
            }
            candidates.push_back({i, ways.back()});
        }
        return candidates;
    }

    // The fastest few, fastest first.
    std::vector<Candidate> screen(const std::vector<Candidate>& candidates) {
        std::vector<std::pair<double, Candidate>> times;
        for (const Candidate& candidate : candidates)
            times.push_back({time(candidate.way), candidate});
        double best = time(standard_);
        for (size_t round = 1; round < screening_rounds; ++round) {
            for (const auto& [us, candidate] : times)
                best = std::min(best, us);
            std::erase_if(times, [&](const auto& row) { return row.first > hopeless * best; });
            for (auto& [us, candidate] : times)
                us = std::min(us, time(candidate.way));
        }
        std::ranges::stable_sort(times, {}, [](const auto& row) { return row.first; });
        std::vector<Candidate> fastest;
        for (size_t i = 0; i < std::min(times.size(), most_compared); ++i)
            fastest.push_back(times[i].second);
        return fastest;
    }

    // And the microseconds a node saves.
    std::pair<Comparison, double> against_standard(const Candidate& candidate) {
        std::vector<double> standard, times;
        for (size_t round = 0; round < options_.rounds; ++round) {
            standard.push_back(time(standard_));
            times.push_back(time(candidate.way));
        }
        const Comparison comparison = compare(standard, times);
        return {comparison, median(standard) * (1 - comparison.ratio)};
    }

    double time(size_t way) { return run_.measure(1, way).front().device_us; }

    PlannedDevice& device_;
    const TuningOptions& options_;
    Tuning tuning_;
    NodeRun run_;
    size_t standard_ = 0;
};

Tuning tuning_of(Tuning known, const std::vector<TunedPoint>& points) {
    for (const TunedPoint& tuned : points)
        known[tuned.point.key()] = {tuned.point.candidates[tuned.best], tuned.gain};
    return known;
}

TunedPoint with_default(TunedPoint tuned) {
    tuned.best = 0;
    tuned.gain = 1;
    tuned.saved_us = 0;
    return tuned;
}

// Drops choices for whose sake kernels would be made that together save less than `least_us`.
void drop_poor_kernels(const Graph& graph, const KernelPlan& plan, std::vector<TunedPoint>& points,
                       double least_us) {
    const std::set<std::string> before = kernel_labels(lower(graph, plan));
    const auto fresh_kernels = [&](const TunedPoint& tuned) {
        const Node& node = graph.nodes()[static_cast<size_t>(tuned.point.node)];
        std::set<std::string> kernels = kernel_labels(
            lower(isolate(graph, node).graph, with_tuning(plan, with(plan.tuning, tuned.point, tuned.best))));
        std::erase_if(kernels, [&](const std::string& kernel) { return before.contains(kernel); });
        return kernels;
    };
    std::map<std::string, double> saved;
    for (const TunedPoint& tuned : points)
        if (tuned.best != 0)
            for (const std::string& kernel : fresh_kernels(tuned))
                saved[kernel] += tuned.saved_us;
    for (TunedPoint& tuned : points)
        if (tuned.best != 0 && std::ranges::any_of(fresh_kernels(tuned), [&](const std::string& kernel) {
                return saved[kernel] < least_us;
            }))
            tuned = with_default(std::move(tuned));
}

/// A graph that runs with what it keeps.
class Contender {
  public:
    Contender(PlannedDevice& device, const TunedGraph& tuned)
        : state_(device),
          run_(state_, tuned.graph, {.slots = 1, .compile_progress = {}, .tuning = tuned.tuning}) {
        run_.run(1);
    }

    double run(size_t batches) { return run_.run(batches); }

  private:
    DeviceState state_;
    GraphRun run_;
};

/// Two graphs that run in turn. Where the device has no room for both, each is made anew for its turn.
class Contenders {
  public:
    Contenders(PlannedDevice& device, const TunedGraph& standard, const TunedGraph& other)
        : device_(device), tuned_{standard, other} {
        try {
            for (size_t i = 0; i < 2; ++i)
                kept_[i].emplace(device_, tuned_[i]);
        } catch (const OutOfDeviceMemory&) {
            for (std::optional<Contender>& contender : kept_)
                contender.reset();
        }
    }

    double run(size_t which, size_t batches) {
        return kept_[which] ? kept_[which]->run(batches) : Contender(device_, tuned_[which]).run(batches);
    }

  private:
    PlannedDevice& device_;
    std::array<TunedGraph, 2> tuned_;
    std::array<std::optional<Contender>, 2> kept_;
};

}  // namespace

std::vector<TunedPoint> open_choices(const Graph& graph, const KernelPlan& plan, const Tuning& known) {
    return open_tasks(graph, with_tuning(plan, known)).points;
}

GraphTuning tune_graph(PlannedDevice& device, const Graph& graph, const Tuning& known,
                       const TuningOptions& options) {
    const KernelPlan plan = with_tuning(device.plan(), known);
    auto [points, tasks] = open_tasks(graph, plan);
    GraphTuning result;
    result.kernels = result.kernels_before = distinct_kernel_specs(lower(graph, plan)).size();
    if (tasks.empty()) {
        result.tuning = known;
        return result;
    }

    const std::vector<double> node_us = profile(device, graph, known);
    const double total_us = std::accumulate(node_us.begin(), node_us.end(), 0.0);
    for (Task& task : tasks)
        for (const NodeId node : task.nodes)
            if (!node_us.empty()) task.microseconds += node_us[static_cast<size_t>(node)];
    size_t done = 0;
    for (const Task& task : tasks) {
        if (options.progress) options.progress(done++, tasks.size());
        if (!node_us.empty() && task.microseconds < options.least_share * total_us) continue;
        try {
            TaskTuner tuner(device, graph, task.nodes.front(), known, options);
            for (const size_t point : task.points)
                tuner.tune(points[point]);
        } catch (const OutOfDeviceMemory&) {  // its tensors do not fit twice: the default remains
            continue;
        }
    }
    if (options.progress) options.progress(tasks.size(), tasks.size());
    drop_poor_kernels(graph, plan, points, options.least_share * total_us);

    const bool changed = std::ranges::any_of(points, [](const TunedPoint& tuned) { return tuned.best != 0; });
    if (changed) {
        try {
            const Comparison comparison =
                compare_graphs(device, {graph, known}, {graph, tuning_of(known, points)}, options.graph_us);
            result.gain = 1 / comparison.ratio;
            result.noise = comparison.noise;
            result.kept = comparison.faster(0);
        } catch (const OutOfDeviceMemory&) {  // with other grids it no longer fits
            result.kept = false;
        }
        if (!result.kept) std::ranges::transform(points, points.begin(), with_default);
    }
    result.tuning = tuning_of(known, points);
    result.points = std::move(points);
    result.kernels = distinct_kernel_specs(lower(graph, with_tuning(plan, result.tuning))).size();
    return result;
}

Comparison compare_graphs(PlannedDevice& device, const TunedGraph& standard, const TunedGraph& other,
                          double round_us) {
    Contenders contenders(device, standard, other);
    constexpr double all_us = 30e6;
    constexpr size_t most_batches = 200, most_rounds = 25, fewest_rounds = 7;
    const double once_us = contenders.run(0, 1);
    const size_t batches = engine::repeats_for(once_us, round_us, most_batches);
    const size_t rounds = std::max(
        fewest_rounds, engine::repeats_for(2 * once_us * static_cast<double>(batches), all_us, most_rounds));
    std::vector<double> before_us, after_us;
    for (size_t i = 0; i < rounds; ++i) {
        before_us.push_back(contenders.run(0, batches));
        after_us.push_back(contenders.run(1, batches));
    }
    return compare(before_us, after_us);
}

}  // namespace vkm::graph
