#include "commands/command.h"
#include "shell/scripts.h"

#include <fmt/core.h>

#include <array>
#include <memory>
#include <string>

namespace vkm::apps {
namespace {

struct Shell {
    const char* name;
    std::string (*script)(Commands);
};
constexpr std::array shells{Shell{"bash", bash_completion}, Shell{"zsh", zsh_completion},
                            Shell{"fish", fish_completion}};

}  // namespace

Run completion_command(CLI::App& app) {
    const auto shell = std::make_shared<std::string>();
    std::vector<std::string> names;
    for (const Shell& one : shells)
        names.emplace_back(one.name);
    app.add_option("SHELL", *shell, "whose completion")->required()->check(CLI::IsMember(names));
    return [shell] {
        const std::vector<CommandDescription> all = described_commands();
        for (const Shell& one : shells)
            if (*shell == one.name) fmt::print("{}", one.script(all));
        return 0;
    };
}

}  // namespace vkm::apps
