#pragma once

#include "cli/usage_error.h"

#include <CLI/CLI.hpp>

#include <functional>

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
    row(eval, "loss, top-1 and top-5 of trained weights over a data set")                  \
    row(predict, "classify images")                                                        \
    row(convert, "write weights in another format")                                        \
    row(latency, "time inference over models, widths and devices")                         \
    row(selfcheck, "check every kernel against the CPU reference")                         \
    row(tune, "measure kernel variants and keep the fastest")                              \
    row(plot, "draw the loss, accuracy and learning rate of runs")
// clang-format on

#define VKM_DECLARE_COMMAND(name, help) Run name##_command(CLI::App&);
VKM_COMMANDS(VKM_DECLARE_COMMAND)
#undef VKM_DECLARE_COMMAND

}  // namespace vkm::apps
