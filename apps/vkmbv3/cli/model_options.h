#pragma once

#include <graph/models/model_config.h>

#include <CLI/CLI.hpp>

#include <optional>
#include <string>

namespace vkm::apps {

/// Holds the model options of docs/cli.md. What is not given comes from the weights file, or
/// else is the model's default.
struct ModelArguments {
    std::map<std::string, std::string, std::less<>> given;  ///< by long name; empty: not given

    void add(CLI::App&);

    /// Returns the model meant. `from_weights` is what the weights file says of itself. Throws UsageError.
    graph::ModelConfig resolve(const std::optional<graph::ModelConfig>& from_weights = {}) const;
};

}  // namespace vkm::apps
