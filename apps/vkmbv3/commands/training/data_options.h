#pragma once

#include <train/data/held_back.h>

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

namespace vkm::apps {

/// Returns what --data may be: every kind of data set, and what it is.
std::string data_help();

/// Checks the form of --data, not whether the data can be opened.
CLI::Validator data_specification();

/// Holds --val-split and --val-least: what is held back of the training images.
struct HoldBackArguments {
    double fraction = 0;  ///< 0: nothing is
    size_t of_each = 0;

    /// Adds the options. `effect` says what --val-split does.
    void add(CLI::App&, const std::string& effect, const std::string& group);
    train::HoldingBack with_seed(uint64_t seed) const { return {fraction, seed, of_each}; }
    /// Throws UsageError where --val-least has nothing to be the least of.
    void check() const;
};

/// Adds --class-order.
CLI::Option* add_class_order(CLI::App&, std::string& class_order);

/// Opens data with its classes in the order that --class-order names ("": the data's own). Throws what opening them
/// and reading a file of classes throws.
std::shared_ptr<const train::Dataset> open_ordered(const std::string& data, train::Split,
                                                   train::DatasetOptions, const std::string& class_order);

/// Opens what is to be evaluated: the validation part of the data, or what is held back.
std::shared_ptr<const train::Dataset> open_evaluated(const std::string& data, const HoldBackArguments&,
                                                     const train::DatasetOptions&,
                                                     const std::string& class_order);

}  // namespace vkm::apps
