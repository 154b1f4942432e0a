#pragma once

#include <train/report/append_file.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace vkm::train {

/// Holds a line of metrics.jsonl: its numbers by their names there; null is NaN.
struct MetricRow {
    uint64_t step = 0;
    uint64_t epoch = 0;
    std::map<std::string, double>
        values;  ///< without step and epoch; of an object {"ema":{"loss":1}} "ema_loss"
};

/// Holds what a run logged, in the order of its steps.
struct RunMetrics {
    std::vector<MetricRow> steps, validations;
    size_t damaged_lines = 0;  ///< left out; the half line at the end of a run that goes on is none

    /// Returns how many steps an epoch has, or 0 where none is over yet.
    double steps_per_epoch() const;
};

/// Reads the log of a run, also of one that goes on or was killed. Where a run was resumed at an earlier
/// step, what it did again replaces what it had done. Throws ReportError where there is no log, or a file of
/// something else.
RunMetrics read_run_metrics(const std::filesystem::path& metrics_jsonl);

}  // namespace vkm::train
