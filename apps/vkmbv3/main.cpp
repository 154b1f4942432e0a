#include "cli/command_line.h"
#include "cli/help_format.h"
#include "cli/processes.h"
#include "cli/standard_output.h"
#include "commands/command.h"
#include "commands/training/recipe_arguments.h"

#include <base/error.h>
#include <base/launch.h>
#include <base/process.h>
#include <base/terminal.h>
#include <base/version.h>
#include <graph/weights/formats.h>
#include <train/data/imagenet/development_kit.h>

#include <fmt/core.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace {

using namespace vkm::apps;

int report(std::string message, int status) {
    std::replace(message.begin(), message.end(), '\n', ' ');                  // an error is one line
    std::fputs(fmt::format("vkmbv3: error: {}\n", message).c_str(), stderr);  // never throws
    return status;
}

// Logs go to stderr: stdout is for results.
void set_up_logging() {
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("vkmbv3", std::make_shared<spdlog::sinks::stderr_sink_mt>()));
    spdlog::set_pattern("vkmbv3: %l: %v");
}

// Makes glibc return memory to the system. It takes large blocks from the heap once it has seen one freed,
// and keeps them: a seventh of what a program holds that has read a weights file. It also gives each
// thread a heap; those of threads that compile kernels keep what only a compilation needs. Threads here
// run long between allocations.
void keep_heaps_small() {
#if defined(__GLIBC__)
    mallopt(M_MMAP_THRESHOLD, 256 << 10);
    mallopt(M_ARENA_MAX, 2);
#endif
}

// Returns the version, and which formats of weights this build has.
std::string version_text() {
    std::string text =
        fmt::format("vkmbv3 {}\nweights: {}", vkm::version(), vkm::graph::weight_format_names("and"));
    std::string absent = vkm::graph::absent_format_names();
    if (!vkm::train::reads_meta_mat())
        absent += fmt::format("{}MATLAB files (imagenet:DIR's meta.mat)", absent.empty() ? "" : "; ");
    if (!Processes::in_this_build())
        absent += fmt::format("{}training in several processes (MPI)", absent.empty() ? "" : "; ");
    if (!absent.empty()) text += fmt::format("\nnot in this build: {}", absent);
    return text;
}

// Says what the program can do to someone who has typed its name alone.
int introduce() {
    fmt::print(
        "{}\n\n"
        "  vkmbv3 doctor                                         is there a GPU that can be used?\n"
        "  vkmbv3 train --data imagefolder:DIR --out run         train on a folder of pictures, one folder a class\n"
        "  vkmbv3 eval --weights run/best.safetensors --data …   how good is it? with --report, where does it err?\n"
        "  vkmbv3 predict --weights FILE cat.jpg                 classify pictures, with anyone's MobileNet\n"
        "  vkmbv3 convert IN.pth OUT.onnx                        take weights to and from other programs\n"
        "  vkmbv3 latency --model mobilenet_v3_large             how fast is a network here?\n\n"
        "vkmbv3 --help lists every command, vkmbv3 COMMAND --help its options.\n",
        about_program);
    return 0;
}

// Returns what explains the options of an argument: its command, or else the program.
std::string with_help(const std::string& argument) {
    const bool is_command =
        std::ranges::any_of(commands(), [&](const Command& command) { return command.name == argument; });
    return is_command ? "vkmbv3 " + argument : "vkmbv3";
}

// Throws UsageError where a launcher has started several processes of a command that does not share its work.
void require_one_process(const CLI::App& parsed) {
    const auto command = std::ranges::find(commands(), parsed.get_name(), &Command::name);
    if (command->several != Several::alone) return;
    const std::string refusal =
        vkm::refusal_of_several(vkm::launch_of_this(), fmt::format("vkmbv3 {}", command->name));
    if (!refusal.empty()) throw UsageError(refusal);
}

// Runs the command that the arguments name, and returns its exit status.
int run(const std::vector<std::string>& arguments) {
    if (arguments.size() <= 1) return introduce();
    CLI::App app{about_program, "vkmbv3"};
    app.require_subcommand(1);
    app.allow_windows_style_options(false);  // "/data" is a folder, there too
    app.formatter(std::make_shared<HelpFormat>());
    app.set_version_flag("--version", version_text());
    std::string config;  // read before everything else is parsed
    std::vector<std::pair<CLI::App*, Run>> runs;
    for (const Command& command : commands()) {
        runs.emplace_back(app.add_subcommand(command.name, command.help), Run());
        // Options that nobody can have given take half the time in which the program starts.
        if (std::find(arguments.begin() + 1, arguments.end(), command.name) != arguments.end())
            runs.back().second = set_up(*runs.back().first, command, config);
    }
    try {
        parse(app, {arguments.begin() + 1, arguments.end()}, with_recipe);
    } catch (const CLI::CallForHelp& help) {
        return app.exit(help);
    } catch (const CLI::CallForVersion& version) {
        return app.exit(version);
    } catch (const CLI::ParseError& error) {
        return report(fmt::format("{}; see {} --help", error.what(), with_help(arguments[1])), 2);
    } catch (const UsageError& error) {
        return report(error.what(), 2);
    } catch (const std::exception& error) {
        return report(error.what(), 1);
    }
    try {
        for (const auto& [command, run] : runs)
            if (command->parsed()) {
                require_one_process(*command);
                return run();
            }
    } catch (const UsageError& error) {
        return report(error.what(), 2);
    } catch (const std::bad_alloc&) {
        return report("out of host memory: use a smaller --batch-size or fewer --workers", 1);
    } catch (const std::filesystem::filesystem_error& error) {
        return report(fmt::format("{}: {}; check the path and its permissions", error.path1().string(),
                                  error.code().message()),
                      1);
    } catch (const std::system_error& error) {
        return report(std::ferror(stdout) ? unwritten_output(error.code().value()).what() : error.what(), 1);
    } catch (const std::exception& error) {
        return report(error.what(), 1);
    }
    return 2;
}

}  // namespace

int main(int argc, char** argv) {
    vkm::prepare_standard_streams();
    set_up_logging();
    keep_heaps_small();
    const int status = run(vkm::program_arguments(argc, argv));
    try {
        finish_standard_output();
    } catch (const vkm::Error& error) {
        return status == 0 ? report(error.what(), 1) : status;
    }
    return status;
}
