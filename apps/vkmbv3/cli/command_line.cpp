#include "cli/command_line.h"

#include "cli/config_file.h"

#include <algorithm>

namespace vkm::apps {

void parse(CLI::App& app, std::vector<std::string> arguments) {
    for (const CLI::App* command : app.get_subcommands({}))
        if (!arguments.empty() && arguments.front() == command->get_name()) {
            const std::vector<std::string> options(arguments.begin() + 1, arguments.end());
            arguments.resize(1);
            for (std::string& argument : with_config_file(options, *command))
                arguments.push_back(std::move(argument));
            break;
        }
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes arguments last first
    app.parse(std::move(arguments));
}

}  // namespace vkm::apps
