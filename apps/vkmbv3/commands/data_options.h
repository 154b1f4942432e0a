#pragma once

#include <CLI/CLI.hpp>

namespace vkm::apps {

/// Returns what --workers may be.
CLI::Range worker_counts();

/// Checks the form of --data; whether the data can be opened is not looked at.
CLI::Validator data_specification();

}  // namespace vkm::apps
