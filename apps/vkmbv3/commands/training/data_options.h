#pragma once

#include <train/data/dataset.h>

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

namespace vkm::apps {

/// Returns what --data may be: every kind of data set, and what it is.
std::string data_help();

/// Checks the form of --data, not whether the data can be opened.
CLI::Validator data_specification();

/// Returns what --val-split may be, and what it does.
CLI::Validator val_split_fractions();
std::string val_split_help();

/// Adds --class-order.
CLI::Option* add_class_order(CLI::App&, std::string& class_order);

/// Opens data with its classes in the order that --class-order names ("": the data's own). Throws what opening them
/// and reading a file of classes throws.
std::shared_ptr<const train::Dataset> open_ordered(const std::string& data, train::Split,
                                                   train::DatasetOptions, const std::string& class_order);

/// Opens what is to be evaluated: the validation part of the data, or what --val-split holds back.
std::shared_ptr<const train::Dataset> open_evaluated(const std::string& data, double val_split,
                                                     const train::DatasetOptions&,
                                                     const std::string& class_order);

}  // namespace vkm::apps
