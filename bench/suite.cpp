#include <base/quantile.h>
#include <bench/model_run.h>
#include <bench/suite.h>
#include <bench/timed_list.h>
#include <benchmark/benchmark.h>
#include <graph/measure/kernel_check.h>
#include <graph/measure/node_timer.h>
#include <graph/operator.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
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

/// Shows one line at a time on a terminal, every line elsewhere.
class Progress {
  public:
    Progress(bool quiet, size_t total)
        : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1), total_(total) {}

    void note(std::string_view text) const {
        if (!quiet_) show(fmt::format("measuring {}", text));
    }
    void done(const std::string& name, const std::string& result) {
        count_ = std::min(count_ + 1, total_);  // repetitions are not counted in total_
        if (!quiet_) show(fmt::format("[{}/{}] {}  {}", count_, total_, name, result));
    }
    ~Progress() {
        if (!quiet_ && terminal_ && count_ > 0) fmt::print(stderr, "\n");
    }
    Progress(const Progress&) = delete;

  private:
    void show(const std::string& line) const {
        if (terminal_)
            fmt::print(stderr, "\r\033[K{}", line.substr(0, 150));
        else
            fmt::print(stderr, "{}\n", line);
    }

    bool quiet_, terminal_;
    size_t total_, count_ = 0;
};

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

/// Reports nothing, where nobody asked for Google Benchmark's own report: Progress says the same.
class NoReport final : public benchmark::BenchmarkReporter {
  public:
    bool ReportContext(const Context&) override { return true; }
    void ReportRuns(const std::vector<Run>&) override {}
};

class Suite {
  public:
    using SoFar = std::function<void(const Results&)>;

    Suite(graph::PlannedDevice& device, const SuiteOptions& options, size_t total, const SoFar& so_far)
        : device_(device),
          options_(options),
          so_far_(so_far),
          progress_(options.quiet, total),
          checks_(device) {
        results_.unfinished = total;
    }

    Results& results() { return results_; }

    void measure_peaks() {
        results_.peaks.emplace();
        for (const auto& [what, measure] : peak_measurements(device_)) {
            progress_.note(what);
            attempt(what, [&] { measure(*results_.peaks); });
        }
    }

    void run(benchmark::State& state, const KernelCase& test) {
        between_benchmarks();
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
            report(state, result.times_us);
            count(state, result);
            progress_.done(test.name, timing_text(median(result.times_us), result.work, results_.peaks,
                                                  test.network->precision == graph::DType::f16));
        } catch (const OutOfDeviceMemory& error) {
            result.skipped = error.what();
            skip(state, test.name, error);
        } catch (const Error& error) {
            result.failure = error.what();
            skip(state, test.name, error);
        }
        keep(results_.kernels, std::move(result), &KernelResult::times_us);
    }

    void run(benchmark::State& state, const NetworkGraph& network) {
        between_benchmarks();
        if (ended(state)) return;
        ModelResult result = describe(network);
        try {
            result = run_model(device_, network, options_.samples, 10 * options_.least_ms * 1000);
            report(state, result.wall_us);
            const double wall = median(result.wall_us);
            state.counters["images/s"] = static_cast<double>(network.batch) / wall * 1e6;
            progress_.done(network.name(), fmt::format("{:.2f} ms  {:.1f} images/s", wall / 1000,
                                                       static_cast<double>(network.batch) / wall * 1e6));
        } catch (const OutOfDeviceMemory& error) {
            result.skipped = error.what();
            skip(state, network.name(), error);
        } catch (const Error& error) {
            result.failure = error.what();
            skip(state, network.name(), error);
        }
        keep(results_.models, std::move(result), &ModelResult::wall_us);
    }

    void finish() {
        for (int i = 0; i < 4; ++i)
            probe();
    }

  private:
    // Adds the times of a further repetition (--benchmark_repetitions) to those of the first.
    template <typename Result>
    void keep(std::vector<Result>& all, Result result, std::vector<double> Result::*times) {
        const auto first = std::ranges::find(all, result.name, &Result::name);
        if (first == all.end()) {
            all.push_back(std::move(result));
            --results_.unfinished;
            return;
        }
        std::ranges::copy(result.*times, std::back_inserter((*first).*times));
        if (first->failure.empty()) first->failure = result.failure;
    }

    // Sets counters that say what a time means, for those who read Google Benchmark's reports.
    void count(benchmark::State& state, const KernelResult& result) const {
        const double us = median(result.times_us);
        if (us <= 0) return;
        state.counters["GB/s"] = result.work.least_bytes / us * 1e-3;
        if (result.work.flops > 0) state.counters["GFLOP/s"] = result.work.flops / us * 1e-3;
        if (results_.peaks && results_.peaks->roofs()) {
            const Standing s = standing(us, result.work, *results_.peaks, result.precision == "fp16");
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

    bool ended(benchmark::State& state) const {
        if (!device_gone_ && (!options_.minutes || Clock::now() - started_ <
                                                       std::chrono::duration<double>(60 * *options_.minutes)))
            return false;
        state.SkipWithError(device_gone_ ? "no device left" : "no time left");
        return true;
    }

    // Acts every few seconds: often enough to see a machine change, too rarely to cost time.
    void between_benchmarks() {
        if (probes_ >= 4 && Clock::now() - last_probe_ < std::chrono::seconds(5)) return;
        probe();
        ++probes_;
        last_probe_ = Clock::now();
        if (so_far_) so_far_(results_);
    }

    void probe() {
        if (!probe_works_) return;
        probe_works_ = attempt("probing for noise", [&] {
            if (!probe_) probe_.emplace(device_);
            probe_->measure();
            results_.noise = probe_->noise();
        });
    }

    // Measures what is not a benchmark.
    template <typename Measure>
    bool attempt(std::string_view what, const Measure& measure) {
        if (device_gone_) return false;
        try {
            measure();
            return true;
        } catch (const Error& error) {
            results_.failures.push_back(fmt::format("{}: {}", what, error.what()));
            device_gone_ = gone(error);
            return false;
        }
    }

    static bool gone(const Error& error) {
        return dynamic_cast<const DeviceLost*>(&error) || dynamic_cast<const DeviceTimeout*>(&error);
    }

    static void report(benchmark::State& state, const std::vector<double>& microseconds) {
        size_t next = 0;
        for ([[maybe_unused]] auto _ : state)
            state.SetIterationTime(microseconds[next++ % microseconds.size()] * 1e-6);
    }

    void skip(benchmark::State& state, const std::string& name, const Error& error) {
        progress_.done(name, error.what());
        state.SkipWithError(error.what());
        if (!gone(error)) return;
        device_gone_ = true;
        results_.failures.push_back(fmt::format("{}: {}", name, error.what()));
    }

    graph::PlannedDevice& device_;
    const SuiteOptions& options_;
    const SoFar& so_far_;
    Progress progress_;
    std::optional<NoiseProbe> probe_;
    OncePerKernels checks_;
    Results results_;
    bool probe_works_ = true;
    bool device_gone_ = false;  ///< lost, or hangs: nothing more can run on it
    const Clock::time_point started_ = Clock::now();
    size_t probes_ = 0;
    Clock::time_point last_probe_;
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
    benchmark::ClearRegisteredBenchmarks();
    const auto add = [&](const std::string& name, const auto& what) {
        benchmark::RegisterBenchmark(name.c_str(), [&](benchmark::State& state) { suite.run(state, what); })
            ->UseManualTime()
            ->Unit(benchmark::kMicrosecond)
            ->Iterations(static_cast<benchmark::IterationCount>(options.samples));
    };
    for (const auto& model : list.models)
        add(model->name(), *model);
    for (const KernelCase& test : list.kernels)
        add(test.name, test);
    NoReport none;
    // For an empty list it would complain that the filter found nothing.
    if (!list.models.empty() || !list.kernels.empty())
        benchmark::RunSpecifiedBenchmarks(options.google_report ? nullptr : &none);
    benchmark::ClearRegisteredBenchmarks();
    suite.finish();
    return std::move(suite.results());
}

}  // namespace vkm::bench
