#pragma once

#include <CLI/CLI.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace vkm::apps {

/// Returns a command's arguments with what its configuration file adds: `--config FILE`, or for a run that is
/// resumed without one, its own config.yaml. The file is a YAML map of the command's long option names to
/// values (`batch-size: 128`, `nesterov: true`, `milestones: [30, 60]`). Options of the command line win.
/// Throws UsageError where the file is no such map, names an unknown option, or gives one no value.
std::vector<std::string> with_config_file(std::vector<std::string> arguments, const CLI::App& command);

/// Return the entries of such a file, or of its text: values by option name. Throw UsageError where it is no
/// such map.
std::map<std::string, std::string> read_config(const std::string& path);
std::map<std::string, std::string> parse_config(const std::string& text);

/// Writes every option in force as such a file. A value is what `resolved` has for the option's long name, or
/// else what was given, or else the default. Options of `left_out` are not written.
std::string config_text(const CLI::App& command, const std::map<std::string, std::string>& resolved,
                        const std::set<std::string>& left_out);

/// Returns " (did you mean 'width'?)" with the option of the command whose long name is nearly this one, or
/// nothing.
std::string nearest_option(const std::string& misspelt, const CLI::App& command);

}  // namespace vkm::apps
