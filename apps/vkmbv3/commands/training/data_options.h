#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace vkm::apps {

/// Returns what --workers may be.
CLI::Range worker_counts();

/// Returns what --data may be: every kind of data set, and what it is.
std::string data_help();

/// Checks the form of --data, not whether the data can be opened.
CLI::Validator data_specification();

}  // namespace vkm::apps
