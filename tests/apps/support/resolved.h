#pragma once

#include "cli/command_line.h"
#include "commands/training/recipe_arguments.h"
#include "commands/training/train_arguments.h"

#include <string>
#include <vector>

namespace vkm::test {

/// Holds a command line of `train`, without the command, parsed and resolved without data and devices.
struct Resolved {
    CLI::App app;
    apps::TrainArguments arguments;
    graph::ModelConfig model;

    explicit Resolved(std::vector<std::string> options) {
        CLI::App& train = *app.add_subcommand("train");
        train.add_option("-c,--config", config_);
        arguments.add(train);
        options.insert(options.begin(), "train");
        apps::parse(app, std::move(options), apps::with_recipe);
        model = arguments.model.resolve();
        arguments.resolve(model.input_size);
        arguments.gradients.resolve(arguments.recipe, model);
    }

  private:
    std::string config_;
};

}  // namespace vkm::test
