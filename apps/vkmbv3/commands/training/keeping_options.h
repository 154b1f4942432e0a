#pragma once

#include <train/keeping.h>

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>

namespace vkm::apps {

/// Holds the options that say when a run is validated, which of its weights are kept, and when it ends early.
class KeepingArguments {
  public:
    /// The group of --help that these options are in.
    static constexpr const char* group = "Validation and weights";

    void add(CLI::App&);

    /// Returns what is to be kept. Throws UsageError where options contradict each other.
    train::Keeping resolve(bool averages, bool goes_on) const;
    /// Throws UsageError where an option needs validation images and there are none.
    void require_validation(bool goes_on) const;

    double validate_every() const { return validate_every_; }
    int64_t recalibrate_batches() const { return recalibrate_batches_; }

  private:
    train::Keeping keeping_;
    std::string best_by_ = "top1";
    double validate_every_ = 1;
    int64_t recalibrate_batches_ = 0;
};

}  // namespace vkm::apps
