#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace vkm::apps {

/// Holds what a command line option is, as its help says it.
struct OptionDescription {
    std::string long_name, short_name;  ///< with their hyphens; either may be empty
    std::string help;
    std::string value;                 ///< what follows it: "INT"; empty for a flag
    std::vector<std::string> choices;  ///< what the value may be, where that is a list
};

struct ArgumentDescription {
    std::string name;  ///< "IMAGE..."
    std::string help;
    bool required = false;
    std::vector<std::string> choices = {};
};

struct CommandDescription {
    std::string name, help;
    std::vector<OptionDescription> options;
    std::vector<ArgumentDescription> arguments;
};

/// Describes a command by the options that were added to it. Hidden ones are left out.
CommandDescription described(const CLI::App&);

}  // namespace vkm::apps
