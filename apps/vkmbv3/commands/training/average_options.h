#pragma once

#include <graph/weight_average.h>

#include <CLI/CLI.hpp>

#include <optional>
#include <string>

namespace vkm::apps {

/// Holds the options of the weights' moving average.
class AverageArguments {
  public:
    void add(CLI::App&, const std::string& group);

    /// Returns the average that was asked for; nothing without --ema-decay. Throws UsageError, also where the
    /// others are given without that, but for a run that goes on: it may have had an average.
    std::optional<graph::WeightAverage> resolve(bool goes_on) const;

  private:
    graph::WeightAverage average_;
    double decay_ = 0;
    std::string warmup_ = "none";
    const CLI::App* app_ = nullptr;
};

}  // namespace vkm::apps
