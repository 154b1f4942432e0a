#include "commands/training/train_arguments.h"

#include "cli/number_checks.h"
#include "cli/tuning.h"
#include "cli/usage_error.h"
#include "commands/training/data_options.h"
#include "commands/training/recipe_arguments.h"

#include <fmt/core.h>

namespace vkm::apps {
namespace {

CLI::Validator batch_size_or_auto() {
    return {[](std::string& text) -> std::string {
                if (text == automatic || parse_batch_size(text)) return {};
                return fmt::format("{} is neither auto nor a number from 1 to {}", text, largest_batch_size);
            },
            "N|auto"};
}

void add_data_options(CLI::App& app, TrainArguments& o) {
    app.add_option("--data", o.data, data_help())
        ->check(data_specification())
        ->capture_default_str()
        ->group("Data");
    app.add_option("--data-dir,--data_dir", o.data_dir,
                   "with MindCV's file for --config: its images, in place of its data_dir")
        ->group("Data");
    app.add_option("--val-data", o.val_data, "default: the validation part of --data, where it has one")
        ->check(data_specification())
        ->group("Data");
    o.held_back.add(app,
                    "hold this share of every class's training images back for validation, chosen by --seed",
                    "Data");
    add_class_order(app, o.class_order)->group("Data");
    o.augment.add(app, "Augmentation");
    app.add_flag("--no-shuffle", o.no_shuffle, "images in the data set's order")->group("Data");
    app.add_option("--shuffle-window", o.shuffle_window,
                   "of pack:FILE, which is read as it lies: images that are shuffled among one another")
        ->check(positive_number())
        ->capture_default_str()
        ->group("Data");
    app.add_option("--workers", o.workers, "decoding threads; 0: one a core")
        ->check(worker_counts())
        ->capture_default_str()
        ->group("Data");
}

void add_recipe_options(CLI::App& app, TrainArguments& o) {
    add_recipe_option(app, o.given_recipe, o.earlier_recipe)->group("Recipe");
    app.add_option("--epochs", o.recipe.epochs,
                   "how often the data set is gone through; more on --resume make a run longer")
        ->check(positive_number())
        ->capture_default_str()
        ->group("Recipe");
    app.add_option("--max-steps", o.max_steps, "stop after so many steps, resumes included")
        ->check(positive_number())
        ->group("Recipe");
    app.add_option("--batch-size", o.batch_size, "over all devices; auto: the largest that fits")
        ->check(batch_size_or_auto())
        ->capture_default_str()
        ->group("Recipe");
    o.optimizer.add(app, "Recipe");
    o.gradients.add(app, "Recipe");
    o.schedule.add(app);
    o.average.add(app, "Recipe");
    o.loss.add(app, "Recipe");
    app.add_flag("--sync-bn", o.recipe.sync_bn, "batch statistics over all devices")->group("Recipe");
    o.shares.add(app, "Recipe");
    o.placement.add(app, "Recipe");
    app.add_flag("--no-fuse", o.no_fuse, "every operator a kernel of its own: slower, for comparison")
        ->group("Recipe");
    o.matrix_units.add(app, "Recipe", "with amp: ");
}

void add_run_options(CLI::App& app, TrainArguments& o) {
    app.add_flag("--explain", o.explain, "the same as `vkmbv3 explain`: train nothing")->group("Run");
    add_tune_option(app, o.tune);
    app.get_option("--tune")->group("Run");
    app.add_flag("--profile", o.profile, "with --explain: measure it, too")->group("Run");
    app.add_option(
           "--dump-schedule", o.dump_schedule,
           "write when every queue, host thread and link did what in a few steps, beside what was planned, as JSON that "
           "ui.perfetto.dev and chrome://tracing show")
        ->type_name("FILE")
        ->group("Run");
    app.add_option("--init", o.init, "start from these weights; the classifier goes by class names")
        ->group("Run");
    app.add_option("--start-epoch", o.start_epoch,
                   "with --init: go on with this epoch, counted from 0, of the schedule and of --epochs")
        ->check(non_negative_number())
        ->capture_default_str()
        ->group("Run");
    app.add_option("--out", o.out, "run directory (default: runs/MODEL, runs/MODEL-2, …)")->group("Run");
    app.add_option("--resume", o.resume, "go on with the run in this directory")->group("Run");
    app.add_option("--log-every", o.log_every, "steps between two rows of metrics")
        ->check(positive_number())
        ->capture_default_str()
        ->group("Run");
    app.add_option("--save-every", o.save_every,
                   "steps between two checkpoints, besides those at the end of every epoch")
        ->check(positive_number())
        ->group("Run");
    app.add_option("--histograms", o.histograms,
                   "steps between two histograms of all weights and gradients for TensorBoard; 0: none")
        ->check(non_negative_number())
        ->capture_default_str()
        ->group("Run");
    app.add_option(
           "--tensorboard-images", o.tensorboard_images,
           "for TensorBoard, so many images at the begin of every epoch as the network sees them; 0: none")
        ->check(CLI::Range(0, 100))
        ->capture_default_str()
        ->group("Run");
}

void check_start_epoch(const TrainArguments& o) {
    if (o.start_epoch == 0) return;
    if (o.init.empty() && o.resume.empty())
        throw UsageError(fmt::format(
            "--start-epoch {} goes on from weights: give them with --init FILE, or leave it away with --resume DIR",
            o.start_epoch));
    if (o.start_epoch >= o.recipe.epochs)
        throw UsageError(fmt::format("--start-epoch {} leaves none of --epochs {}: give more epochs",
                                     o.start_epoch, o.recipe.epochs));
}

void check_shuffle_window(const TrainArguments& o) {
    if (o.shuffle_window == train::default_shuffle_window) return;
    if (!o.data.starts_with("pack:"))
        throw UsageError(
            "--shuffle-window is of --data pack:FILE, which is read as it lies; other data is shuffled as a "
            "whole: leave it away");
    if (o.no_shuffle)
        throw UsageError(
            "--shuffle-window says what is shuffled and --no-shuffle shuffles nothing: give one");
}

}  // namespace

void TrainArguments::add(CLI::App& app) {
    common.add(app);
    model.add(app);
    add_data_options(app, *this);
    add_recipe_options(app, *this);
    kept.add(app);
    add_run_options(app, *this);
}

void TrainArguments::resolve(int64_t input_size) {
    const bool goes_on = !resume.empty();
    recipe.seed = common.seed;
    recipe.fuse = !no_fuse;
    if (batch_size != automatic) recipe.batch_size = parse_batch_size(batch_size).value();
    recipe.optimizer = optimizer.resolve();
    recipe.without_decay = optimizer.without_decay();
    learning_rate = schedule.resolve(optimizer.learning_rate(), static_cast<double>(recipe.epochs), goes_on);
    loss.resolve(recipe, goes_on);
    recipe.average = average.resolve(goes_on);
    keeping = kept.resolve(recipe.average.has_value(), goes_on);
    check_start_epoch(*this);
    if (!goes_on) check_shuffle_window(*this);
    recipe.augmentation = augment.resolve(input_size, small_images);
}

}  // namespace vkm::apps
