#pragma once

#include <graph/run/planned_device.h>
#include <train/share_balance.h>

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace vkm::apps {

/// Returns what is equal of two devices that are as fast as each other.
std::string kind_of(const graph::PlannedDevice&);

/// Holds --shares: how a batch is split over several devices.
class ShareArguments {
  public:
    void add(CLI::App&, const char* group);

    bool is_given() const { return !shares_.empty(); }
    bool splits_unequally() const { return is_given() && shares_ != "equal" && shares_ != "measured"; }
    /// Returns the option's value that is in force for devices of these kinds.
    std::string in_force(const std::vector<std::string>& kinds) const;
    /// Returns what that means for so many devices. Throws UsageError where it means nothing, and what reading a run's
    /// record throws; where `kinds` says what the devices are, Error where a record has them in another order.
    train::SharePolicy resolve(const std::string& in_force, size_t devices,
                               const std::vector<std::string>& kinds = {}) const;

  private:
    std::string shares_;
};

}  // namespace vkm::apps
