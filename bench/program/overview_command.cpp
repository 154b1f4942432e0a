#include "commands.h"

#include <base/interrupt.h>
#include <bench/deadline.h>
#include <bench/overview_formats.h>
#include <benchmark/benchmark.h>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <mutex>

namespace vkm::bench {
namespace {

// Counts from the program's start: opening a device may take a while, too.
const std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();

double seconds_since_start() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

OverviewOptions overview_options(const ProgramOptions& options) {
    OverviewOptions overview;
    overview.models = networks_or(options, overview.models);
    overview.input_size = options.suite.selection.input_size;
    overview.filter = options.suite.filter;
    overview.samples = options.suite.samples;
    if (options.least_ms) overview.least_ms = *options.least_ms;
    if (const char* data = std::getenv("VKMBV3_DATA")) overview.data = data;
    overview.interrupted = options.interrupted;
    overview.quiet = options.suite.quiet;
    overview.google_report = options.suite.google_report;
    return overview;
}

/// Holds what there is to say if the program has to end now.
class LastWords {
  public:
    explicit LastWords(const ProgramOptions& options) : options_(options) {}

    void know(const graph::PlannedDevice& device, const Overview& overview) {
        const std::lock_guard lock(mutex_);
        device_ = &device;
        overview_ = overview;
    }

    /// Prints what was measured. Returns the exit status.
    int print() {
        const std::lock_guard lock(mutex_);
        if (!device_) {
            fmt::print(stderr, "error: no device was open after {:.0f} s (--time)\n", seconds_since_start());
            return *options_.interrupted ? interrupt_status() : 1;
        }
        overview_.seconds = seconds_since_start();
        const nlohmann::json document = to_json(overview_, *device_);
        if (!options_.json.empty()) write_json(options_.json, document);
        if (options_.json != "-" && !options_.suite.google_report)
            for (const OverviewFormat& format : overview_formats())
                if (format.name == options_.format) fmt::print("{}", format.text(overview_, document));
        size_t failed = 0;
        for (const Row& row : overview_.rows)
            if (row.missing == Missing::failure) {
                fmt::print(stderr, "{}: {}\n", row.name, row.why);
                ++failed;
            }
        if (*options_.interrupted) return interrupt_status();
        return failed == 0 ? 0 : 1;
    }

  private:
    const ProgramOptions& options_;
    std::mutex mutex_;
    const graph::PlannedDevice* device_ = nullptr;
    Overview overview_;
};

}  // namespace

int overview_command(const ProgramOptions& options) {
    OverviewOptions overview = overview_options(options);
    if (planned_overview(overview).rows.empty()) throw nothing_found(options);
    if (options.list) {
        for (const Row& row : planned_overview(overview).rows)
            fmt::print("{}\n", row.name);
        return 0;
    }
    LastWords words(options);
    std::optional<engine::Instance> instance;
    std::unique_ptr<graph::PlannedDevice> device;
    {
        const Deadline deadline(options.time - seconds_since_start(), *options.interrupted, [&] {
            fmt::print(stderr, "\n{}: what was measured until then:\n",
                       *options.interrupted ? "stopped" : "the time (--time) is over");
            return words.print();
        });
        instance.emplace();
        device = open_chosen(*instance, options);
        if (!overview.quiet)
            fmt::print(stderr, "{}, at most {:.0f} s\n", device->description(), options.time);
        benchmark::AddCustomContext("device", device->description());
        words.know(*device, planned_overview(overview));
        // What is left is for the end of what was begun, and for the box.
        const double reserve = std::max(0.05 * options.time, std::min(0.5, options.time / 4));
        overview.seconds = std::max(0.0, options.time - reserve - seconds_since_start());
        words.know(*device, measure_overview(*device, overview, seconds_since_start,
                                             [&](const Overview& some) { words.know(*device, some); }));
    }
    return words.print();
}

int describe_command(const ProgramOptions& options) {
    const std::vector<Row> rows = planned_overview(overview_options(options)).rows;
    if (rows.empty()) throw nothing_found(options);
    fmt::print("{}", descriptions(rows));
    return 0;
}

}  // namespace vkm::bench
