#pragma once

#include <bench/disturbance.h>
#include <bench/noise_probe.h>
#include <bench/progress.h>
#include <bench/results.h>
#include <bench/state_watch.h>
#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::bench {

/// Holds what every run of benchmarks shares: the device until it is lost, the results so far, and how noisy the
/// machine is.
class Measuring {
  public:
    using SoFar = std::function<void(const Results&)>;

    /// `so_far` is told every few seconds what there is.
    Measuring(graph::PlannedDevice&, bool quiet, size_t total, SoFar);

    graph::PlannedDevice& device() const { return device_; }
    Results& results() { return results_; }
    Progress& progress() { return progress_; }
    /// Returns whether the device was lost, or hangs: nothing more can run on it.
    bool device_gone() const { return device_gone_; }

    /// Measures what is no benchmark. Returns whether it could; a failure is in the results.
    bool attempt(std::string_view what, const std::function<void()>& measure);
    /// Probes for noise and tells what there is, every few seconds: often enough to see a machine change, too
    /// rarely to cost time.
    void between_benchmarks();
    void finish();

    /// Probes for noise now. Returns the look's number; nothing where the probe does not work.
    std::optional<size_t> look();
    /// Returns what disturbed the machine between two looks, by all that is known so far.
    std::optional<Disturbance> between(std::optional<size_t> first, std::optional<size_t> last) const;

    /// Adds the times of a further repetition (--benchmark_repetitions) to those of the first.
    template <typename Result>
    void keep(std::vector<Result>& all, Result result, std::vector<double> Result::*times) {
        const auto first = std::ranges::find(all, result.name, &Result::name);
        if (first == all.end()) {
            all.push_back(std::move(result));
            if (results_.unfinished > 0) --results_.unfinished;
            return;
        }
        std::ranges::copy(result.*times, std::back_inserter((*first).*times));
        if (first->failure.empty()) first->failure = result.failure;
    }

    static void report(benchmark::State&, const std::vector<double>& microseconds);
    void skip(benchmark::State&, const std::string& name, const Error&);

  private:
    bool probe();

    graph::PlannedDevice& device_;
    SoFar so_far_;
    Progress progress_;
    std::optional<NoiseProbe> probe_;
    Results results_;
    StateWatch watch_;
    DisturbanceWatch looks_;
    bool probe_works_ = true, device_gone_ = false;
    size_t probes_ = 0;
    std::chrono::steady_clock::time_point last_probe_;
};

/// Names something that Google Benchmark runs.
struct Benchmark {
    std::string name;
    std::function<void(benchmark::State&)> run;
};

/// Runs these with Google Benchmark, each for `samples` times of its own. Without `report` it prints nothing.
void run_benchmarks(const std::vector<Benchmark>&, size_t samples, bool report);

}  // namespace vkm::bench
