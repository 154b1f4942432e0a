#include "commands/command.h"
#include "shell/scripts.h"

#include <base/version.h>

#include <fmt/core.h>

namespace vkm::apps {

Run man_command(CLI::App&) {
    return [] {
        fmt::print("{}", manual_page(about_program, version(), described_commands()));
        return 0;
    };
}

}  // namespace vkm::apps
