#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace vkm::apps {

/// Says that an option of a run that goes on is not what it was.
struct ChangedOption {
    std::string name;
    std::string in_words;  ///< "lr 0.01 (was 0.05)"
};

/// Returns the options that are in force and were not before. Takes the run's config.yaml as it is, and the
/// text that is to replace it. An option that an older version did not know counts only where it is given.
std::vector<ChangedOption> changed_options(const CLI::App&, const std::string& config_file,
                                           const std::string& config);

}  // namespace vkm::apps
