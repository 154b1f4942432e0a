#pragma once

#include <train/optimizers.h>
#include <train/recipe.h>

#include <CLI/CLI.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace vkm::apps {

/// Holds --optimizer, --lr, what weight decay leaves alone, and the options of the rows of train/optimizers.h:
/// one option for each name, however many optimizers have it.
class OptimizerArguments {
  public:
    void add(CLI::App&, const std::string& group);

    /// Returns the optimizer chosen. Throws UsageError where an option was given that this optimizer does not
    /// have, or that is out of its range.
    train::OptimizerChoice resolve() const;
    train::WithoutDecay without_decay() const;
    /// Returns --lr, or else the optimizer's own rate.
    double learning_rate() const;

    /// Returns, for config.yaml, what is in force without having been given, and the
    /// options of other optimizers.
    std::map<std::string, std::string> defaults() const;
    std::set<std::string> not_of_the_chosen() const;

  private:
    std::string name_ = "sgd", without_decay_ = "none";
    std::vector<double> betas_;
    double learning_rate_ = 0;
    std::map<std::string, double, std::less<>> numbers_;
    std::map<std::string, bool, std::less<>> flags_;
    std::map<std::string, const CLI::Option*, std::less<>> options_;  ///< by long name, --lr included

    const train::OptimizerRow& row() const;
    bool given(std::string_view name) const { return options_.find(name)->second->count() > 0; }
};

}  // namespace vkm::apps
