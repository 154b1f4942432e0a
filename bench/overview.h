#pragma once

#include <bench/budget.h>
#include <bench/overview_rows.h>
#include <bench/results.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vkm::bench {

struct OverviewOptions {
    std::vector<std::string> models{"mobilenet_v3_small", "mobilenet_v3_large", "mobilenet_v2"};
    int64_t input_size = 0;    ///< 0: each network's own
    std::string filter = ".";  ///< regular expression over the rows' names
    double seconds = 160;      ///< for everything
    size_t samples = 5;        ///< timings of a network
    double least_ms = 200;     ///< of a timing
    /// A folder with models/ and data/imagenet-sample.tar; none: photographs are not looked at.
    std::optional<std::filesystem::path> data = {};
    const std::atomic<bool>* interrupted = nullptr;  ///< once true: begin nothing any more
    bool quiet = false;
    bool google_report = false;  ///< on the output, as Google Benchmark's own flags say
};

/// Holds what vkmbv3-bench says of a device in one go. Every row is there from the beginning.
struct Overview {
    std::vector<Row> rows;
    Results results;     ///< peaks and networks in the suite's own form
    double seconds = 0;  ///< that it took
};

/// Returns the overview with nothing measured, of the rows that the filter takes.
Overview planned_overview(const OverviewOptions&);

/// Measures the overview part by part, each within its share of the time. Nothing is begun that would not end in it, as
/// far as what was measured before tells. Failures are in the rows, and never keep the others from being measured.
/// `so_far` is told after every case what there is.
Overview measure_overview(graph::PlannedDevice&, const OverviewOptions&, const Budget::Clock&,
                          const std::function<void(const Overview&)>& so_far = {});

}  // namespace vkm::bench
