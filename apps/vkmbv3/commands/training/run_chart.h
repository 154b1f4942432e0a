#pragma once

#include <draw/line_chart.h>
#include <train/report/run_metrics.h>

#include <optional>
#include <string>
#include <vector>

namespace vkm::apps {

struct NamedRun {
    std::string name;
    train::RunMetrics metrics;
};

struct RunChartOptions {
    std::string title;
    bool epochs = false;                   ///< x counts epochs, not steps
    double smoothing = 0;                  ///< 0 to 1, as TensorBoard's slider
    std::optional<draw::Scale> loss = {};  ///< logarithmic where losses differ much, if not given
};

/// Returns the curves of one run (training and validation in one panel) or of several (a colour a run): loss,
/// accuracy, learning rate.
draw::LineChart run_chart(const std::vector<NamedRun>&, const RunChartOptions&);

/// Returns the values smoothed as TensorBoard does: an exponential average, corrected for its start. What is
/// no number stays so and does not count.
std::vector<draw::Point> smoothed(std::vector<draw::Point>, double weight);

}  // namespace vkm::apps
