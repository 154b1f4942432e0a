#pragma once

#include "cli/given_options.h"

#include <map>
#include <set>
#include <string>

namespace vkm::apps {

/// Returns a command's arguments with what its configuration file adds (configuration_file). The file is a YAML
/// map of the command's long option names to values (`batch-size: 128`, `nesterov: true`, `milestones: [30, 60]`).
/// Options of the command line win. Throws UsageError where the file is no such map, names an unknown option, or
/// gives one no value.
std::vector<std::string> with_config_file(std::vector<std::string> arguments, const CLI::App& command);

/// Returns the path of the configuration file that a command reads: that of `--config FILE`, or for a run that
/// is resumed without one its own config.yaml, where there is one; or nothing.
std::string configuration_file(const GivenOptions&);

/// Returns the path of the config.yaml of a run that is resumed, or nothing where there is none.
std::string configuration_of_run(const GivenOptions&);

/// Return the entries of such a file, or of its text, in their order. A list's items are joined by commas.
/// `source` is what messages call the text. Throw UsageError where it is no such map.
OptionValues read_config(const std::string& path);
OptionValues parse_config(const std::string& text, const std::string& source);

/// Writes every option in force as such a file. A value is what `resolved` has for the option's long name, or
/// else what was given, or else the default. Options of `left_out` are not written.
std::string config_text(const CLI::App& command, const std::map<std::string, std::string>& resolved,
                        const std::set<std::string>& left_out);

}  // namespace vkm::apps
