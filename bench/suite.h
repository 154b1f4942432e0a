#pragma once

#include <bench/cases.h>
#include <bench/results.h>
#include <graph/run/planned_device.h>

#include <atomic>
#include <functional>
#include <optional>

namespace vkm::bench {

struct SuiteOptions {
    Selection selection;
    std::string filter = ".";  ///< regular expression over the names
    bool peaks = true, kernels = true, models = true;
    size_t samples = 5;                              ///< timed submissions of a benchmark
    double least_ms = 20;                            ///< of a submission
    std::optional<double> minutes;                   ///< start no benchmark after so long
    const std::atomic<bool>* interrupted = nullptr;  ///< once true: start no benchmark any more
    bool quiet = false;
    bool google_report = false;  ///< on the output, as Google Benchmark's own flags say
};

/// Returns the names of everything that the filter takes.
std::vector<std::string> list_benchmarks(const graph::PlannedDevice&, const SuiteOptions&);

/// Measures the peaks, then every benchmark the filter takes, with Google Benchmark, and says a line each on
/// stderr. Repetitions, reporters and files are those of benchmark::Initialize(). Times are the device's (of
/// whole networks the host's); counters say what was reached of the device's peaks.
///
/// Failures are in the results, and never keep them from being returned: a device that is lost or hangs only
/// ends the suite. `so_far` is told every few seconds what there is, in case the driver ends the program.
Results run_suite(graph::PlannedDevice&, const SuiteOptions&,
                  const std::function<void(const Results&)>& so_far = {});

}  // namespace vkm::bench
