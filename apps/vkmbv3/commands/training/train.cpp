#include "cli/config_file.h"
#include "cli/precision.h"
#include "cli/usage_error.h"
#include "commands/command.h"
#include "commands/training/changed_options.h"
#include "commands/training/explanation.h"
#include "commands/training/recipe_arguments.h"
#include "commands/training/seen_images.h"
#include "commands/training/training_reports.h"
#include "commands/training/training_setup.h"

#include <base/interrupt.h>
#include <graph/finite.h>
#include <graph/models/initialise.h>
#include <graph/models/network.h>
#include <train/data/several_classes.h>
#include <train/run_directory.h>
#include <train/trainer.h>
#include <train/training_loading.h>

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

namespace vkm::apps {
namespace {

train::InitialWeights initial_weights(const TrainArguments& o, const TrainingSetup& setup,
                                      const graph::Graph& network) {
    if (setup.init() == nullptr) return {graph::initial_values(network, o.recipe.seed)};
    train::InitialWeights initial =
        train::start_from(*setup.init(), o.init, network, setup.data()->class_names(), o.recipe.seed);
    if (!initial.classifier.empty() && !o.common.quiet)
        spdlog::info("--init {}: {}", o.init, initial.classifier);
    return initial;
}

// Returns config.yaml: all that is in force, except where the run is and how it is shown.
std::string config_of(const TrainArguments& o, const CLI::App& app, const TrainingSetup& setup) {
    std::map<std::string, std::string> resolved = graph::to_options(setup.model());
    resolved.merge(o.optimizer.defaults());
    resolved.merge(o.gradients.resolved());
    resolved["device"] = fmt::format("{}", fmt::join(setup.device_indices(), ","));
    for (const auto& [name, value] : o.augment.in_force())
        resolved[name] = value;
    resolved["shares"] = setup.shares_in_force();
    resolved["batch-size"] = std::to_string(o.recipe.batch_size);
    resolved["precision"] = precision_name(setup.storage());
    if (!o.given_recipe.empty()) resolved[earlier_recipe_option] = o.given_recipe;
    std::set<std::string> left_out = o.optimizer.not_of_the_chosen();
    left_out.merge(GradientArguments::other_names());
    left_out.merge(o.schedule.not_of_the_chosen());
    left_out.insert(
        {"out", "resume", "recipe", "data-dir", "no-augment", "explain", "profile", "tune", "json", "quiet"});
    return config_text(app, resolved, left_out);
}

train::RunDirectory run_directory(const TrainArguments& o, const graph::ModelConfig& model) {
    if (o.resume.empty())
        return train::RunDirectory::fresh(o.out, std::string(graph::model_name(model.model)));
    if (!o.out.empty() && o.out != o.resume)
        throw UsageError(
            fmt::format("--resume {} goes on in that directory: leave --out {} away", o.resume, o.out));
    return train::RunDirectory::existing(o.resume);
}

train::TrainerOptions trainer_options(const TrainArguments& o, const TrainingSetup& setup,
                                      const train::RunDirectory& directory) {
    train::TrainerOptions trainer;
    trainer.model = setup.model();
    trainer.recipe = o.recipe;
    trainer.storage = setup.storage();
    trainer.learning_rate = o.learning_rate;
    if (o.max_steps > 0) trainer.max_steps = o.max_steps;
    trainer.log_every = o.log_every;
    trainer.save_every = o.save_every;
    trainer.show_tensors_every = o.histograms;
    trainer.start_epoch = o.start_epoch;
    trainer.validate_every = o.kept.validate_every();
    trainer.keeping = o.keeping;
    trainer.shares = setup.shares();
    trainer.recalibrate_batches = o.kept.recalibrate_batches();
    trainer.shuffle = !o.no_shuffle;
    trainer.shuffle_window = o.shuffle_window;
    trainer.workers = o.workers;
    trainer.validation_data = o.val_data.empty() ? o.data : o.val_data;
    trainer.out = directory.path();
    trainer.resume = setup.from_checkpoint();
    trainer.fixed_settings = setup.fixed_settings();
    trainer.initial = [&](const graph::Graph& network) { return initial_weights(o, setup, network); };
    return trainer;
}

// Returns what gives the first images of an epoch as the network will see them.
TrainingReports::SeenImages seen_of_epoch(const TrainArguments& o, const TrainingSetup& setup) {
    train::LoaderOptions loading = train::training_loading(setup.model(), o.recipe);
    loading.batch_size =
        static_cast<int>(std::min(o.tensorboard_images, static_cast<int64_t>(setup.data()->size())));
    loading.shuffle = !o.no_shuffle;
    loading.shuffle_window = o.shuffle_window;
    loading.workers = o.workers;
    return [loading, &setup](int64_t epoch) {
        train::LoaderOptions first = loading;
        first.epoch = epoch;
        first.end_epoch = epoch + 1;
        return seen_images(setup.first_device(), setup.model(), setup.data(), first);
    };
}

// Returns what is not as it was in a run that goes on. Throws UsageError for what only says how a run starts.
std::vector<std::string> changes(const CLI::App& app, const TrainingSetup& setup,
                                 const train::RunDirectory& directory, const std::string& config) {
    if (!setup.from_checkpoint()) return {};
    std::vector<std::string> changed;
    for (const ChangedOption& option : changed_options(app, directory.config().string(), config)) {
        if (option.name == "init")
            throw UsageError(
                "--init starts a run, and --resume goes on from its checkpoint: leave --init away, or start a "
                "new run with --out");
        changed.push_back(option.in_words);
    }
    return changed;
}

int64_t trained_parameters(const graph::ModelConfig& model, const graph::Frozen& frozen) {
    graph::Graph network;
    const graph::ValueId images =
        network.input("images", graph::f32({1, model.input_size, model.input_size, 3}));
    graph::build_network(network, model, images, graph::Mode::training, frozen);
    return graph::parameter_count(network);
}

void say_what_is_frozen(const TrainArguments& o, const TrainingSetup& setup) {
    const graph::Frozen& frozen = o.recipe.frozen;
    if (frozen == graph::Frozen{} || o.common.quiet) return;
    spdlog::info("frozen: {}; {} of {} parameters are trained", frozen.text(),
                 trained_parameters(setup.model(), frozen), trained_parameters(setup.model(), {}));
    if (!frozen.modules.empty() && setup.init() == nullptr && !setup.from_checkpoint())
        spdlog::warn(
            "the frozen layers stay as they are drawn at random: start from weights with --init FILE");
}

int run(TrainArguments& o, const CLI::App& app) {
    TrainingSetup setup(o);
    say_what_is_frozen(o, setup);
    if (o.explain) {
        explain(o, setup);
        return 0;
    }
    train::require_several_classes(*setup.data(), setup.model().num_classes, o.data);
    if (!setup.validation()) o.kept.require_validation();
    const train::RunDirectory directory = run_directory(o, setup.model());
    const train::TrainerOptions trainer = trainer_options(o, setup, directory);
    const std::string config = config_of(o, app, setup);
    if (!o.common.quiet) {
        for (const std::string& note : o.augment.without_effect())
            spdlog::info("{}", note);
        spdlog::info("run directory {}", directory.path().string());
    }
    TrainingReports reports(directory, setup.resumes(), config, changes(app, setup, directory, config),
                            trainer, o.common);
    if (o.tensorboard_images > 0) reports.show_images(seen_of_epoch(o, setup));
    const train::TrainingResult result = train::train(trainer, setup.replicas(), setup.data(),
                                                      setup.validation(), reports, watch_for_interrupt());
    reports.finish(result);
    return result.interrupted ? interrupt_status() : 0;
}

}  // namespace

Run train_command(CLI::App& app) {
    const auto arguments = std::make_shared<TrainArguments>();
    arguments->add(app);
    return [arguments, &app] { return run(*arguments, app); };
}

}  // namespace vkm::apps
