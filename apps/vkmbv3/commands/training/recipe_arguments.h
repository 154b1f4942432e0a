#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace vkm::apps {

/// Names the option under which a run's config.yaml remembers its recipe. It adds nothing: all that the recipe said
/// is in that file, too.
inline constexpr const char* earlier_recipe_option = "from-recipe";

/// Adds --recipe, and what config.yaml remembers it by.
CLI::Option* add_recipe_option(CLI::App&, std::string& given, std::string& earlier);

/// Returns a command's arguments with what its configuration file adds (cli/config_file.h), which may also be one of
/// MindCV's (mindcv_config.h), and then what `--recipe NAME` does (train/recipe_file.h). Says on stderr what of a recipe
/// is left out because an option chooses otherwise. Throws UsageError, and for `--recipe list` a CLI::CallForVersion
/// with the list.
std::vector<std::string> with_recipe(std::vector<std::string> arguments, const CLI::App& command);

}  // namespace vkm::apps
