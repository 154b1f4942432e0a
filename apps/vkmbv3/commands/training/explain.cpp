#include "commands/command.h"
#include "commands/training/explanation.h"
#include "commands/training/report_explanation.h"

#include <algorithm>
#include <array>

namespace vkm::apps {
namespace {

// Options of `train` that change nothing in a step. They are accepted, so that a run's config.yaml can be
// explained, and left out of --help.
constexpr std::array no_matter{
    "--val-data",  "--val-split", "--val-least",   "--no-shuffle",     "--workers",           "--epochs",
    "--max-steps", "--lr",        "--explain",     "--log-every",      "--save-every",        "--histograms",
    "--out",       "--resume",    "--start-epoch", "--shuffle-window", "--tensorboard-images"};

// Returns the options given that say how a network learns.
std::vector<std::string> given_of_training(const CLI::App& app) {
    constexpr std::array matter{"--batch-size", "--matrix-units", "--no-matrix-units"};
    std::vector<std::string> given;
    for (const CLI::Option* option : app.get_options()) {
        const std::string name = option->get_name(), &group = option->get_group();
        const bool learns = group == "Augmentation" || group == "Recipe";
        if (learns && option->count() > 0 && std::ranges::find(matter, name) == matter.end())
            given.push_back(name);
    }
    return given;
}

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
    const auto report = std::make_shared<DeviceReport>();
    app.add_option("--device-report", report->file,
                   "predict it for a GPU that is not here, of which this is a snapshot "
                   "(`devices --json --full`, scripts/snapshot_from_report.py)")
        ->type_name("FILE")
        ->group("Run");
    app.add_flag("--overlapped-loads", report->overlapped,
                 "with --device-report: its compiler moves loads over branches, as NVIDIA's does")
        ->group("Run");
    app.add_flag("--inference", report->inference,
                 "with --device-report: of a batch of images to be classified, and not of a training step")
        ->group("Run");
    return [&app, arguments, report] {
        if (*report) {
            if (report->inference) report->without_effect = given_of_training(app);
            explain_report(*arguments, *report);
            return 0;
        }
        if (report->overlapped) throw UsageError("--overlapped-loads belongs to --device-report: use both");
        if (report->inference) throw UsageError("--inference belongs to --device-report: use both");
        TrainingSetup setup(*arguments);
        explain(*arguments, setup);
        return 0;
    };
}

}  // namespace vkm::apps
