#include <base/quantile.h>
#include <bench/measuring.h>
#include <bench/model_run.h>
#include <bench/suite.h>
#include <bench/timed_list.h>
#include <graph/measure/kernel_check.h>
#include <graph/measure/node_timer.h>
#include <graph/operator.h>

#include <chrono>
#include <cmath>
#include <map>
#include <regex>

namespace vkm::bench {
namespace {

using Clock = std::chrono::steady_clock;

// Returns the most memory that a benchmark's tensors take.
uint64_t memory_for_tensors(const graph::PlannedDevice& device) {
    return device.snapshot().device_memory_bytes() / 2;
}

// Returns a size beyond the last-level cache of any known device of the kind.
uint64_t least_footprint(const graph::PlannedDevice& device) {
    return device.plan().device.device_class == engine::DeviceClass::wide_gpu ? 512u << 20 : 64u << 20;
}

/// Checks every set of kernels once, in whichever case comes first.
class OncePerKernels {
  public:
    explicit OncePerKernels(graph::PlannedDevice& device) : device_(device) {}

    void check(const KernelCase& test, KernelResult& result) {
        const NetworkGraph& network = test.checked_in();
        const graph::Node& node = network.graph.nodes().at(static_cast<size_t>(test.node_id));
        const std::string key = graph::kernels_of(network.graph, node, device_.plan());
        const auto [known, fresh] = checks_.try_emplace(key);
        if (fresh) known->second = {test.name, graph::check_node(device_, network.graph, node)};
        const auto& [name, check] = known->second;
        result.max_error = check.max_error;
        if (!check.ok) result.failure = check.message;
        result.checked = !fresh ? name : &network == test.network.get() ? "itself" : "batch 1";
        if (result.checked == "batch 1" && key != result.kernels) result.checked += ", with other constants";
    }

  private:
    graph::PlannedDevice& device_;
    std::map<std::string, std::pair<std::string, graph::KernelCheck>> checks_;
};

std::string timing_text(double us, const graph::Traffic& work, const std::optional<Peaks>& peaks, bool half) {
    if (!peaks || !peaks->roofs()) return fmt::format("{:.1f} us", us);
    const Standing s = standing(us, work, *peaks, half);
    return fmt::format("{:.1f} us  {:.1f} GB/s {:.0f} %  {:.1f} GFLOP/s {:.0f} %  ({})", us, s.gbps,
                       100 * s.share_bandwidth, s.gflops, 100 * s.share_compute, s.roof);
}

double clocks_differ(const std::vector<Sample>& samples) {
    return std::abs(median_host_us(samples) / median_device_us(samples) - 1);
}

class Suite {
  public:
    Suite(graph::PlannedDevice& device, const SuiteOptions& options, size_t total,
          const Measuring::SoFar& so_far)
        : device_(device),
          options_(options),
          measuring_(device, options.quiet, total, so_far),
          checks_(device) {}

    Results& results() { return measuring_.results(); }

    void measure_peaks() {
        Peaks& peaks = results().peaks.emplace();
        for (const PeakMeasurement& peak : peak_measurements(device_)) {
            if (stopped()) return;
            measuring_.progress().note(peak.what);
            measuring_.attempt(peak.what, [&] { peak.measure(peaks); });
        }
    }

    void run(benchmark::State& state, const KernelCase& test) {
        measuring_.between_benchmarks();
        if (ended(state)) return;
        KernelResult result = describe(test);
        try {
            checks_.check(test, result);
            graph::NodeRun run(device_, graph::isolate(test.graph(), test.node()),
                               {.least_us = options_.least_ms * 1000,
                                .least_footprint = least_footprint(device_),
                                .most_bytes = memory_for_tensors(device_)});
            const std::vector<Sample> samples = undisturbed_samples(run);
            for (const Sample& sample : samples)
                result.times_us.push_back(sample.device_us);
            result.host_us = median_host_us(samples);
            result.work = graph::traffic_of(run.node().graph, 0, run.program());
            Measuring::report(state, result.times_us);
            count(state, result);
            measuring_.progress().done(test.name,
                                       timing_text(median(result.times_us), result.work, results().peaks,
                                                   test.network->precision == graph::DType::f16));
        } catch (const OutOfDeviceMemory& error) {
            result.skipped = error.what();
            measuring_.skip(state, test.name, error);
        } catch (const Error& error) {
            result.failure = error.what();
            measuring_.skip(state, test.name, error);
        }
        measuring_.keep(results().kernels, std::move(result), &KernelResult::times_us);
    }

    void run(benchmark::State& state, const NetworkGraph& network) {
        measuring_.between_benchmarks();
        if (ended(state)) return;
        ModelResult result = describe(network);
        try {
            result = run_model(device_, network,
                               {.samples = options_.samples, .least_us = 10 * options_.least_ms * 1000});
            Measuring::report(state, result.wall_us);
            const double wall = median(result.wall_us);
            state.counters["images/s"] = static_cast<double>(network.batch) / wall * 1e6;
            measuring_.progress().done(network.name(),
                                       fmt::format("{:.2f} ms  {:.1f} images/s", wall / 1000,
                                                   static_cast<double>(network.batch) / wall * 1e6));
        } catch (const OutOfDeviceMemory& error) {
            result.skipped = error.what();
            measuring_.skip(state, network.name(), error);
        } catch (const Error& error) {
            result.failure = error.what();
            measuring_.skip(state, network.name(), error);
        }
        measuring_.keep(results().models, std::move(result), &ModelResult::wall_us);
    }

    void finish() { measuring_.finish(); }

  private:
    // Sets counters that say what a time means, for those who read Google Benchmark's reports.
    void count(benchmark::State& state, const KernelResult& result) {
        const double us = median(result.times_us);
        if (us <= 0) return;
        state.counters["GB/s"] = result.work.least_bytes / us * 1e-3;
        if (result.work.flops > 0) state.counters["GFLOP/s"] = result.work.flops / us * 1e-3;
        const std::optional<Peaks>& peaks = results().peaks;
        if (peaks && peaks->roofs()) {
            const Standing s = standing(us, result.work, *peaks, result.precision == "fp16");
            state.counters["of_roof"] = std::max(s.share_bandwidth, s.share_compute);
            state.SetLabel(s.roof);
        }
        if (!result.failure.empty()) state.SetLabel("wrong: " + result.failure);
    }

    KernelResult describe(const KernelCase& test) const {
        const graph::Node& node = test.node();
        return {.name = test.name,
                .model = test.network->model,
                .precision = precision_name(test.network->precision),
                .layer = node.layer,
                .op = std::string(node.op->name()),
                .shapes = shapes_text(test.graph(), node),
                .kernels = graph::kernels_of(test.graph(), node, device_.plan()),
                .batch = test.network->batch,
                .times_us = {},
                .work = {},
                .max_error = {},
                .checked = {},
                .failure = {},
                .skipped = {}};
    }

    static ModelResult describe(const NetworkGraph& network) {
        return {.name = network.name(),
                .model = network.model,
                .precision = precision_name(network.precision),
                .mode = network.training ? "training" : "inference",
                .batch = network.batch,
                .wall_us = {},
                .layers = {},
                .failure = {},
                .skipped = {}};
    }

    // Returns samples that nothing disturbed. Both clocks time the same submissions: where they disagree, the
    // host did something else in between.
    std::vector<Sample> undisturbed_samples(graph::NodeRun& run) const {
        constexpr double tolerance = 0.05;
        constexpr int attempts = 4;
        std::vector<Sample> best;
        for (int i = 0; i < attempts && (best.empty() || clocks_differ(best) > tolerance); ++i) {
            std::vector<Sample> samples = run.measure(options_.samples);
            if (best.empty() || clocks_differ(samples) < clocks_differ(best)) best = std::move(samples);
        }
        return best;
    }

    bool stopped() const { return options_.interrupted && *options_.interrupted; }

    bool ended(benchmark::State& state) const {
        const bool late = options_.minutes &&
                          Clock::now() - started_ > std::chrono::duration<double>(60 * *options_.minutes);
        if (measuring_.device_gone())
            state.SkipWithError("no device left");
        else if (stopped())
            state.SkipWithError("stopped");
        else if (late)
            state.SkipWithError("no time left");
        return measuring_.device_gone() || stopped() || late;
    }

    graph::PlannedDevice& device_;
    const SuiteOptions& options_;
    Measuring measuring_;
    OncePerKernels checks_;
    const Clock::time_point started_ = Clock::now();
};

struct Selected {
    std::vector<std::shared_ptr<const NetworkGraph>> models;
    std::vector<KernelCase> kernels;
};

Selected selected(const graph::KernelPlan& plan, const SuiteOptions& options) {
    const std::regex filter(options.filter);
    Selected list;
    const auto all = networks(options.selection, plan);
    if (options.models)
        for (const auto& network : all)
            if (is_network(network->model) && std::regex_search(network->name(), filter))
                list.models.push_back(network);
    if (options.kernels)
        for (KernelCase& test : kernel_cases(all, plan))
            if (std::regex_search(test.name, filter)) list.kernels.push_back(std::move(test));
    return list;
}

}  // namespace

std::vector<std::string> list_benchmarks(const graph::PlannedDevice& device, const SuiteOptions& options) {
    const Selected list = selected(device.plan(), options);
    std::vector<std::string> names;
    for (const auto& model : list.models)
        names.push_back(model->name());
    for (const KernelCase& test : list.kernels)
        names.push_back(test.name);
    return names;
}

Results run_suite(graph::PlannedDevice& device, const SuiteOptions& options,
                  const std::function<void(const Results&)>& so_far) {
    const Selected list = selected(device.plan(), options);
    Suite suite(device, options, list.models.size() + list.kernels.size(), so_far);
    if (options.peaks) suite.measure_peaks();
    std::vector<Benchmark> benchmarks;
    for (const auto& model : list.models)
        benchmarks.push_back({model->name(), [&](benchmark::State& state) { suite.run(state, *model); }});
    for (const KernelCase& test : list.kernels)
        benchmarks.push_back({test.name, [&](benchmark::State& state) { suite.run(state, test); }});
    run_benchmarks(benchmarks, options.samples, options.google_report);
    suite.finish();
    return std::move(suite.results());
}

}  // namespace vkm::bench
