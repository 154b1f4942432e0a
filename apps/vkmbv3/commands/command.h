#pragma once

#include "cli/usage_error.h"
#include "shell/description.h"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace vkm::apps {

/// Runs a command whose options were parsed, and returns the exit status.
using Run = std::function<int()>;
/// Adds a command's options to `app`, and returns what runs it.
using Setup = Run (*)(CLI::App& app);

/// Says what several processes do that one launcher, mpirun say, has started with a command.
enum class Several : uint8_t {
    together,  ///< one work, of which each has its share
    each,      ///< a look at what each has before it
    alone,     ///< all of the work once for each of them, into the same files: refused
};

// Every command, one row each: its name, what several processes of it do, and what `vkmbv3 --help` says of it.
// NAME_command, in a file of its own, sets it up.
// clang-format off
#define VKM_COMMANDS(row)                                                                    \
    row(devices, each, "list the Vulkan devices, their limits, features and quirks")         \
    row(summary, each, "print a model's layers, parameters and multiply-adds")               \
    row(train, together, "train a model")                                                    \
    row(explain, alone, "print what a training step does, layer by layer")                   \
    row(pack, alone, "write the images of a data set, resized once, into one file")          \
    row(eval, alone, "loss, top-1 and top-5 of trained weights over a data set")             \
    row(predict, alone, "classify images")                                                   \
    row(convert, alone, "write weights in another format")                                   \
    row(latency, alone, "time inference over models, widths and devices")                    \
    row(selfcheck, alone, "check every kernel against the CPU reference")                    \
    row(tune, alone, "measure kernel variants and keep the fastest")                         \
    row(plot, alone, "draw the loss, accuracy and learning rate of runs")                    \
    row(doctor, each, "say what Vulkan has here, whether it works, and what to install")     \
    row(completion, each, "print a script by which a shell completes commands and options")  \
    row(man, each, "print the manual page")
// clang-format on

#define VKM_DECLARE_COMMAND(name, several, help) Run name##_command(CLI::App&);
VKM_COMMANDS(VKM_DECLARE_COMMAND)
#undef VKM_DECLARE_COMMAND

inline constexpr const char* about_program = "Trains and runs MobileNetV3 and V2 on any GPU, through Vulkan.";

struct Command {
    const char* name;
    Several several;
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
