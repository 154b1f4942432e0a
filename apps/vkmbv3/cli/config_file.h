#pragma once

#include <CLI/CLI.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace vkm::apps {

/// A command's arguments with what its configuration file adds: `--config FILE`, or for a run that is resumed
/// without one, its own config.yaml. The file is a YAML map of the command's long option names to values
/// (`batch-size: 128`, `nesterov: true`, `milestones: [30, 60]`); options of the command line win. Throws
/// UsageError where it is not, names no option, or gives one no value.
std::vector<std::string> with_config_file(std::vector<std::string> arguments, const CLI::App& command);

/// Every option in force, as such a file: what was given or else is the default, or the value of `resolved`,
/// by long option name, where there is one. Options of `left_out` are not written.
std::string config_text(const CLI::App& command, const std::map<std::string, std::string>& resolved,
                        const std::set<std::string>& left_out);

}  // namespace vkm::apps
