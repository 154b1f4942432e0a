#pragma once

#include "cli/config_file.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <string>
#include <vector>

namespace vkm::apps {

/// Returns a command's arguments with what files add to them.
using Expansion = std::function<std::vector<std::string>(std::vector<std::string>, const CLI::App& command)>;

/// Parses a command line, without the program's name: `COMMAND [OPTION…]`, expanded. Throws what CLI11 and the
/// expansion throw, and UsageError.
void parse(CLI::App&, std::vector<std::string> arguments, const Expansion& = with_config_file);

}  // namespace vkm::apps
