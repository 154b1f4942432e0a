#include "commands/command.h"

#include <array>

namespace vkm::apps {

std::span<const Command> commands() {
#define VKM_ENTRY(name, several, help) Command{#name, Several::several, help, name##_command},
    static constexpr std::array list{VKM_COMMANDS(VKM_ENTRY)};
#undef VKM_ENTRY
    return list;
}

Run set_up(CLI::App& app, const Command& command, std::string& config) {
    app.add_option("-c,--config", config, "options from a YAML file; keys are the long option names");
    return command.setup(app);
}

std::vector<CommandDescription> described_commands() {
    std::vector<CommandDescription> all;
    for (const Command& command : commands()) {
        CLI::App app(command.help, command.name);
        std::string config;
        set_up(app, command, config);
        all.push_back(described(app));
    }
    return all;
}

}  // namespace vkm::apps
