#pragma once

#include <train/placement.h>

#include <CLI/CLI.hpp>

#include <string>

namespace vkm::apps {

/// Holds --placement: what each of several devices makes of a step.
class PlacementArguments {
  public:
    void add(CLI::App&, const char* group);
    bool is_other_than_replicate() const { return placement_ != "replicate"; }

    /// Returns what is chosen for so many devices: replicate for one, which has nothing to place. Throws UsageError where
    /// other options, which are only for shares of a batch, do not go with it.
    train::PlacementPolicy::Kind resolve(size_t devices, bool shares_given, bool sync_bn) const;

  private:
    std::string placement_ = "replicate";
};

}  // namespace vkm::apps
