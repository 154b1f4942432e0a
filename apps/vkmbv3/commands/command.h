#pragma once

#include "cli/usage_error.h"
#include "shell/description.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace vkm::apps {

/// Runs a command whose options were parsed, and returns the exit status.
using Run = std::function<int()>;
/// Adds a command's options to `app`, and returns what runs it.
using Setup = Run (*)(CLI::App& app);

// Every command, one row each: its name, and what `vkmbv3 --help` says of it. NAME_command, in a file of its
// own, sets it up.
// clang-format off
#define VKM_COMMANDS(row)                                                                  \
    row(devices, "list the Vulkan devices, their limits, features and quirks")             \
    row(summary, "print a model's layers, parameters and multiply-adds")                   \
    row(train, "train a model")                                                            \
    row(explain, "print what a training step does, layer by layer")                        \
    row(pack, "write the images of a data set, resized once, into one file")               \
    row(eval, "loss, top-1 and top-5 of trained weights over a data set")                  \
    row(predict, "classify images")                                                        \
    row(convert, "write weights in another format")                                        \
    row(latency, "time inference over models, widths and devices")                         \
    row(selfcheck, "check every kernel against the CPU reference")                         \
    row(tune, "measure kernel variants and keep the fastest")                              \
    row(plot, "draw the loss, accuracy and learning rate of runs")                         \
    row(doctor, "say what Vulkan has here, whether it works, and what to install")         \
    row(completion, "print a script by which a shell completes commands and options")      \
    row(man, "print the manual page")
// clang-format on

#define VKM_DECLARE_COMMAND(name, help) Run name##_command(CLI::App&);
VKM_COMMANDS(VKM_DECLARE_COMMAND)
#undef VKM_DECLARE_COMMAND

inline constexpr const char* about_program = "Trains and runs MobileNetV3 and V2 on any GPU, through Vulkan.";

struct Command {
    const char* name;
    const char* help;
    Setup setup;
};

/// Returns every command, as VKM_COMMANDS lists them.
std::span<const Command> commands();

/// Adds a command's options to `app`, and returns what runs it. `config` takes the name of a file of options.
Run set_up(CLI::App& app, const Command&, std::string& config);

/// Describes every command with its options.
std::vector<CommandDescription> described_commands();

}  // namespace vkm::apps
