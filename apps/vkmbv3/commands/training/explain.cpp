#include "commands/command.h"
#include "commands/training/explanation.h"

#include <array>

namespace vkm::apps {
namespace {

// Options of `train` that change nothing in a step. They are accepted, so that a run's config.yaml can be
// explained, and left out of --help.
constexpr std::array no_matter{
    "--val-data", "--val-split",   "--no-shuffle",     "--workers",           "--epochs",     "--max-steps",
    "--lr",       "--explain",     "--log-every",      "--save-every",        "--histograms", "--out",
    "--resume",   "--start-epoch", "--shuffle-window", "--tensorboard-images"};

}  // namespace

Run explain_command(CLI::App& app) {
    const auto arguments = std::make_shared<TrainArguments>();
    arguments->add(app);
    for (const char* option : no_matter)
        app.get_option(option)->group("");
    for (CLI::Option* option : app.get_options())
        if (option->get_group() == ScheduleArguments::group || option->get_group() == KeepingArguments::group)
            option->group("");
    app.get_option("--profile")->description("measure the time of every kernel, too");
    app.get_option("--init")->description("the model of these weights");
    return [arguments] {
        TrainingSetup setup(*arguments);
        explain(*arguments, setup);
        return 0;
    };
}

}  // namespace vkm::apps
