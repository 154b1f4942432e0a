#pragma once

#include <train/learning_rate.h>

#include <CLI/CLI.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace vkm::apps {

/// Holds --scheduler and the options of its schedules, and those of the warm-up.
class ScheduleArguments {
  public:
    /// The group of --help that these options are in.
    static constexpr const char* group = "Schedule";

    void add(CLI::App&);

    /// Returns the schedule chosen, from this learning rate on. Throws UsageError where an option was given
    /// that this schedule does not have, or that is out of its range. A run that goes on may have options of
    /// the schedule that it had: they do not count.
    train::LearningRate resolve(double base, double epochs, bool goes_on) const;

    /// Returns the options that only some schedules have.
    static std::vector<std::string> of_some_schedules();

    /// Returns, for config.yaml, the options of other schedules.
    std::set<std::string> not_of_the_chosen() const;

  private:
    std::string name_ = "cosine", milestones_, per_ = "step", anneal_ = "cos";  // resolved: never empty
    train::LearningRate schedule_;
    double warmup_factor_ = 0, warmup_rate_ = 0;
    std::map<std::string, const CLI::Option*, std::less<>> options_;  ///< by long name

    bool given(std::string_view name) const { return options_.find(name)->second->count() > 0; }
};

}  // namespace vkm::apps
