#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace vkm::apps {

/// Parses a command line, without the program's name: `COMMAND [OPTION…]`, with what the command's
/// configuration file adds (cli/config_file.h). Throws what CLI11 throws, and UsageError.
void parse(CLI::App&, std::vector<std::string> arguments);

}  // namespace vkm::apps
