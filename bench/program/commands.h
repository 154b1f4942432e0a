#pragma once

#include <base/error.h>
#include <bench/overview.h>
#include <bench/suite.h>
#include <graph/kernel_plan.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace vkm::bench {

/// Holds what the command line says, whatever is measured.
struct ProgramOptions {
    SuiteOptions suite;
    std::optional<uint32_t> device;
    graph::KernelOptions kernels;
    std::string sharing;
    bool list = false, untuned = false;
    std::string json;  ///< a file, or "-" for the output; empty: none
    std::vector<std::string> models;
    std::vector<std::string> precisions{"fp32", "fp16"}, parts{"peaks", "kernels", "models"};
    std::optional<double> least_ms;
    double time = 170;  ///< seconds of the overview, from the program's start to its end
    std::string format = "box";
    double stress_minutes = 0;
    std::string chart;
    const std::atomic<bool>* interrupted = nullptr;
};

/// Opens the device that was chosen, with the kernels that were.
std::unique_ptr<graph::PlannedDevice> open_chosen(const engine::Instance&, const ProgramOptions&);

/// Writes a file that is there whole or not at all, or the output where its name is "-".
void write_json(const std::string& path, const nlohmann::json&);

/// Returns the networks of --models that can be trained, or these where none are named.
std::vector<std::string> networks_or(const ProgramOptions&, std::vector<std::string> otherwise);

/// Returns what to throw where --filter leaves nothing to measure.
Error nothing_found(const ProgramOptions&);

/// Each measures one way, prints what it found, and returns the program's exit status.
int overview_command(const ProgramOptions&);
int suite_command(const ProgramOptions&);
int stress_command(const ProgramOptions&);
/// Says of every row of the overview what it measures and why.
int describe_command(const ProgramOptions&);

}  // namespace vkm::bench
