#pragma once

#include <CLI/CLI.hpp>

#include <optional>
#include <string>

namespace vkm::apps {

/// Holds whether products of fp16 tensors run on matrix units: --matrix-units, --no-matrix-units, or neither.
struct MatrixUnitsOption {
    bool on = false, off = false;

    /// `when` begins the help text: "with amp: ".
    void add(CLI::App&, const std::string& group = "", const std::string& when = "");
    /// Returns what the user wants; nothing where that is what the device's plan says.
    std::optional<bool> wanted() const;
};

}  // namespace vkm::apps
