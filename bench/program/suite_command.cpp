#include "commands.h"

#include <base/interrupt.h>
#include <base/quantile.h>
#include <bench/deadline.h>
#include <bench/peak_figures.h>
#include <benchmark/benchmark.h>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace vkm::bench {
namespace {

// Prints what was measured in two lines, of which the second is the curve, and why the rest was not.
void print_peaks(const Peaks& p) {
    std::string numbers, curve;
    for (const PeakFigure& figure : peak_figures()) {
        const std::optional<double> value = figure.value(p);
        if (!value) continue;
        std::string& line = figure.name.starts_with("cached_read/") ? curve : numbers;
        const std::string remark = figure.remark ? figure.remark(p) : "";
        line += fmt::format("{}{} {:.4g} {}{}", line.empty() ? "" : ", ", figure.name, *value, figure.unit,
                            remark.empty() ? "" : fmt::format(" ({})", remark));
    }
    for (const std::string& line : {numbers, curve})
        if (!line.empty()) fmt::print("{}\n", line);
    for (const auto& [name, why] : p.absent)
        fmt::print("{} not measured: {}\n", name, why);
}

bool has(const std::vector<std::string>& list, std::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

SuiteOptions suite_options(const ProgramOptions& options) {
    SuiteOptions suite = options.suite;
    suite.selection.models = options.models;
    if (suite.selection.models.empty())
        suite.selection.models = {"mobilenet_v3_large", "mobilenet_v3_small", "mobilenet_v2", "odd",
                                  "optimizers"};
    suite.selection.precisions.clear();
    if (has(options.precisions, "fp32")) suite.selection.precisions.push_back(graph::DType::f32);
    if (has(options.precisions, "fp16")) suite.selection.precisions.push_back(graph::DType::f16);
    suite.peaks = has(options.parts, "peaks");
    suite.kernels = has(options.parts, "kernels");
    suite.models = has(options.parts, "models");
    if (options.least_ms) suite.least_ms = *options.least_ms;
    suite.interrupted = options.interrupted;
    return suite;
}

void print_summary(const Results& results) {
    if (results.peaks) print_peaks(*results.peaks);
    for (const ModelResult& model : results.models)
        if (!model.wall_us.empty())
            fmt::print("{}: {:.2f} ms, {:.1f} images/s; kernels {:.2f} ms\n", model.name,
                       median(model.wall_us) / 1000,
                       static_cast<double>(model.batch) / median(model.wall_us) * 1e6,
                       model.kernels_us / 1000);
}

// Returns how many failed.
template <typename Result>
size_t print_failures(const std::vector<Result>& results) {
    size_t failed = 0;
    for (const Result& result : results)
        if (!result.failure.empty()) {
            ++failed;
            fmt::print(stderr, "{}: {}\n", result.name, result.failure);
        }
    return failed;
}

}  // namespace

int suite_command(const ProgramOptions& options) {
    const SuiteOptions suite = suite_options(options);
    const engine::Instance instance;
    const auto device = open_chosen(instance, options);
    const std::vector<std::string> names = list_benchmarks(*device, suite);
    if (names.empty() && (suite.kernels || suite.models)) throw nothing_found(options);
    if (options.list) {
        for (const std::string& name : names)
            fmt::print("{}\n", name);
        return 0;
    }
    if (!suite.quiet) fmt::print(stderr, "{}\n", device->description());
    benchmark::AddCustomContext("device", device->description());
    std::function<void(const Results&)> so_far;
    if (!options.json.empty() && options.json != "-")
        so_far = [&](const Results& some) { write_json(options.json, to_json(some, *device)); };
    Results results;
    {
        // What was measured is in the file already.
        const Deadline deadline(Deadline::never, *options.interrupted, [] { return interrupt_status(); });
        results = run_suite(*device, suite, so_far);
    }
    if (!options.json.empty()) write_json(options.json, to_json(results, *device));
    if (options.json != "-" && !suite.google_report) print_summary(results);
    const size_t failed =
        results.failures.size() + print_failures(results.kernels) + print_failures(results.models);
    const bool stopped = *options.interrupted;
    if (results.unfinished > 0)
        fmt::print(stderr, "{} benchmarks did not run: {}\n", results.unfinished,
                   stopped                    ? "they were stopped"
                   : results.failures.empty() ? "no time (--minutes) was left"
                                              : "no device or time was left");
    for (const std::string& failure : results.failures)
        fmt::print(stderr, "{}\n", failure);
    if (results.noise > most_noise)
        fmt::print(stderr,
                   "this machine is noisy: the same work took {:.0f} % more or less time during the run\n",
                   100 * results.noise);
    if (stopped) return interrupt_status();
    return failed == 0 ? 0 : 1;
}

}  // namespace vkm::bench
