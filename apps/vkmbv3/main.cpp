#include "command.h"
#include "interrupt.h"
#include "yaml_config.h"

#include <engine/error.h>

#include <fmt/core.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <memory>

namespace {

using namespace vkm::apps;

struct Entry {
    const char* name;
    const char* help;
    Setup setup;
};

constexpr std::array commands{
    Entry{"devices", "list the Vulkan devices, their limits, features and quirks", devices_command},
    Entry{"summary", "print a model's layers, parameters and multiply-adds", summary_command},
    Entry{"train", "train a model", train_command},
    Entry{"eval", "loss, top-1 and top-5 of trained weights over a data set", eval_command},
    Entry{"predict", "classify images", predict_command},
    Entry{"latency", "time inference over models, widths and devices", latency_command},
    Entry{"selfcheck", "check every kernel against the CPU reference", selfcheck_command},
};

int report(const std::exception& error, int status) {
    fmt::print(stderr, "vkmbv3: error: {}\n", error.what());
    return status;
}

// Logs go to stderr: stdout is for results.
void set_up_logging() {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("vkmbv3", std::make_shared<spdlog::sinks::stderr_sink_mt>()));
    spdlog::set_pattern("vkmbv3: %l: %v");
}

}  // namespace

int main(int argc, char** argv) {
    set_up_logging();
    CLI::App app{"Trains and runs MobileNetV3 and V2 on any GPU, through Vulkan.", "vkmbv3"};
    app.require_subcommand(1);
    app.set_version_flag("--version", "vkmbv3 0.1.0");
    std::array<Run, commands.size()> runs;
    std::array<CLI::App*, commands.size()> apps{};
    for (size_t i = 0; i < commands.size(); ++i) {
        apps[i] = app.add_subcommand(commands[i].name, commands[i].help);
        apps[i]->config_formatter(std::make_shared<YamlConfig>(commands[i].name));
        apps[i]->set_config("--config", "", "options from a YAML file; keys are the long option names");
        runs[i] = commands[i].setup(*apps[i]);
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp& help) {
        return app.exit(help);
    } catch (const CLI::CallForVersion& version) {
        return app.exit(version);
    } catch (const CLI::ParseError& error) {
        fmt::print(stderr, "vkmbv3: error: {}; see vkmbv3 --help\n", error.what());
        return 2;
    }
    watch_for_interrupt();
    try {
        for (size_t i = 0; i < commands.size(); ++i)
            if (apps[i]->parsed()) return runs[i]();
    } catch (const UsageError& error) {
        return report(error, 2);
    } catch (const std::bad_alloc&) {
        return report(vkm::Error("out of host memory: use a smaller --batch-size or fewer --workers"), 1);
    } catch (const std::exception& error) {
        return report(error, 1);
    }
    return 2;
}
