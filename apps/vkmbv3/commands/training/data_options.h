#pragma once

#include <train/data/dataset.h>

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

namespace vkm::apps {

/// Returns what --workers may be.
CLI::Range worker_counts();

/// Returns what --data may be: every kind of data set, and what it is.
std::string data_help();

/// Checks the form of --data, not whether the data can be opened.
CLI::Validator data_specification();

/// Returns what --val-split may be, and what it does.
CLI::Validator val_split_fractions();
std::string val_split_help();

/// Opens what is to be evaluated: the validation part of the data, or what --val-split holds back.
std::shared_ptr<const train::Dataset> open_evaluated(const std::string& data, double val_split,
                                                     const train::DatasetOptions&);

}  // namespace vkm::apps
