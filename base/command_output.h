#pragma once

#include <string>

namespace vkm {

/// Runs a command line by the system's shell, and returns what it printed to stdout; what it printed to stderr is lost. Empty
/// where there is no such command.
std::string command_output(const std::string& command);

}  // namespace vkm
