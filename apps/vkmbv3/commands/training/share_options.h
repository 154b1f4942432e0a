#pragma once

#include <graph/run/planned_device.h>
#include <train/share_balance.h>

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace vkm::apps {

/// Holds --shares: how a batch is split over several devices.
class ShareArguments {
  public:
    void add(CLI::App&, const char* group);

    /// Returns the option's value that is in force for these devices.
    std::string in_force(const std::vector<graph::PlannedDevice*>&) const;
    /// Returns what that means. Throws UsageError where it means nothing, and what reading a run's record throws.
    train::SharePolicy resolve(const std::vector<graph::PlannedDevice*>&) const;

  private:
    std::string shares_;
};

}  // namespace vkm::apps
