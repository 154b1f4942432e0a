#include "commands/training/changed_options.h"

#include "cli/config_file.h"
#include "commands/training/whole_paths.h"

#include <fmt/core.h>

#include <filesystem>

namespace vkm::apps {
namespace {

// Says whether the user gave an option, on the command line or in a file.
bool given(const CLI::App& app, const std::string& name) {
    const CLI::Option* const option = app.get_option_no_throw("--" + name);
    return option != nullptr && option->count() > 0;
}

}  // namespace

std::vector<ChangedOption> changed_options(const CLI::App& app, const std::string& config_file,
                                           const std::string& config) {
    std::error_code unknown;
    if (!std::filesystem::exists(config_file, unknown)) return {};
    const auto by_name = [](const OptionValues& values) {
        std::map<std::string, std::string> options(values.begin(), values.end());
        make_paths_whole(options);  // an older version wrote them as they were given
        return options;
    };
    const auto before = by_name(read_config(config_file)), now = by_name(parse_config(config, config_file));
    std::vector<ChangedOption> changes;
    for (const auto& [name, value] : now) {
        const auto was = before.find(name);
        if (was == before.end()) {
            if (given(app, name)) changes.push_back({name, fmt::format("{} {} (was not set)", name, value)});
        } else if (was->second != value) {
            changes.push_back({name, fmt::format("{} {} (was {})", name, value, was->second)});
        }
    }
    for (const auto& [name, value] : before)
        if (!now.contains(name)) changes.push_back({name, fmt::format("no {} (was {})", name, value)});
    return changes;
}

}  // namespace vkm::apps
