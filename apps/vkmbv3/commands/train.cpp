#include "cli/common_options.h"
#include "cli/config_file.h"
#include "cli/interrupt.h"
#include "cli/model_options.h"
#include "cli/precision.h"
#include "cli/tuning.h"
#include "commands/command.h"
#include "commands/data_options.h"
#include "commands/explain.h"
#include "commands/optimizer_options.h"
#include "commands/training_reports.h"

#include <graph/measure/kernel_check.h>
#include <graph/models/initialise.h>
#include <graph/weights/model_file.h>
#include <train/data/dataset_kinds.h>
#include <train/diagnosis.h>
#include <train/run_directory.h>
#include <train/trainer.h>

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

namespace vkm::apps {
namespace {

constexpr int64_t small_images = 96;  // pixels: below, data sets like CIFAR

constexpr std::string_view automatic = "auto";

struct Options {
    CommonOptions common;
    ModelArguments model;
    std::string data = "synthetic", val_data;
    train::Recipe recipe{.epochs = 1};
    std::string batch_size = "128";
    OptimizerArguments optimizer;
    std::string scheduler = "cosine", milestones, augment;  // resolved: never empty
    train::LearningRate learning_rate;
    int64_t max_steps = 0, log_every = 10, save_every = 0;
    bool no_augment = false, no_shuffle = false, no_fuse = false, matrix_units = false;
    bool explain = false, profile = false, tune = false;
    int workers = 0;
    std::string init, resume, out;
};

CLI::Validator batch_size_or_auto() {
    return {[](std::string& text) -> std::string {
                if (text == automatic || parse_batch_size(text)) return {};
                return fmt::format("{} is neither auto nor a number from 1 to {}", text, largest_batch_size);
            },
            "N|auto"};
}

void add_options(CLI::App& app, Options& o) {
    o.common.add(app);
    o.model.add(app);
    const auto group = [&](CLI::Option* option, const char* name) { return option->group(name); };
    group(app.add_option(
                 "--data", o.data,
                 "synthetic[:N], imagefolder:DIR, list:FILE.csv, cifar10:DIR, cifar100:DIR, tensors:FILE")
              ->check(data_specification()),
          "Data")
        ->capture_default_str();
    group(app.add_option("--val-data", o.val_data, "default: the validation part of --data, where it has one")
              ->check(data_specification()),
          "Data");
    group(app.add_option("--augment", o.augment,
                         "crop-pad4, random-resized-crop or none (default: crop-pad4 below 96 px)")
              ->check(CLI::IsMember({"crop-pad4", "random-resized-crop", "none"})),
          "Data");
    group(app.add_flag("--no-augment", o.no_augment, "the same as --augment none"), "Data");
    group(app.add_flag("--no-shuffle", o.no_shuffle, "images in the data set's order"), "Data");
    group(app.add_option("--workers", o.workers, "decoding threads; 0: one a core")->check(worker_counts()),
          "Data")
        ->capture_default_str();

    group(app.add_option("--epochs", o.recipe.epochs)->check(CLI::PositiveNumber), "Recipe")
        ->capture_default_str();
    group(app.add_option("--max-steps", o.max_steps, "stop after so many steps, resumes included")
              ->check(CLI::PositiveNumber),
          "Recipe");
    group(app.add_option("--batch-size", o.batch_size, "over all devices; auto: the largest that fits")
              ->check(batch_size_or_auto()),
          "Recipe")
        ->capture_default_str();
    o.optimizer.add(app, "Recipe");
    group(app.add_option("--scheduler", o.scheduler)
              ->check(CLI::IsMember({"constant", "step", "multistep", "exponential", "cosine"})),
          "Recipe")
        ->capture_default_str();
    group(app.add_option("--warmup-epochs", o.learning_rate.warmup_epochs)->check(CLI::NonNegativeNumber),
          "Recipe")
        ->capture_default_str();
    group(app.add_option("--gamma", o.learning_rate.gamma, "factor of step, multistep and exponential")
              ->check(CLI::PositiveNumber),
          "Recipe")
        ->capture_default_str();
    group(app.add_option("--step-size", o.learning_rate.step_size, "epochs, may be fractional")
              ->check(CLI::PositiveNumber),
          "Recipe")
        ->capture_default_str();
    group(app.add_option("--milestones", o.milestones, "epochs: 30,60"), "Recipe");
    group(app.add_option("--label-smoothing", o.recipe.label_smoothing)->check(CLI::Range(0.0, 1.0)),
          "Recipe")
        ->capture_default_str();
    group(app.add_flag("--sync-bn", o.recipe.sync_bn, "batch statistics over all devices"), "Recipe");
    group(app.add_flag("--no-fuse", o.no_fuse, "every operator a kernel of its own: slower, for comparison"),
          "Recipe");
    group(app.add_flag("--matrix-units", o.matrix_units,
                       "with amp: multiply on matrix units also where the device's plan would not"),
          "Recipe");

    group(app.add_flag("--explain", o.explain,
                       "print what a step does, layer by layer (kernels, bytes, FLOPs), and train nothing"),
          "Run");
    add_tune_option(app, o.tune);
    group(app.get_option("--tune"), "Run");
    group(app.add_flag("--profile", o.profile, "with --explain: measure it, too"), "Run");
    group(app.add_option("--init", o.init,
                         "start from these weights; a classifier of another size is replaced"),
          "Run");
    group(app.add_option("--out", o.out, "run directory (default: runs/MODEL, runs/MODEL-2, …)"), "Run");
    group(app.add_option("--resume", o.resume, "go on with the run in this directory"), "Run");
    group(app.add_option("--log-every", o.log_every, "steps")->check(CLI::PositiveNumber), "Run")
        ->capture_default_str();
    group(app.add_option("--save-every", o.save_every, "steps; also at the end of every epoch")
              ->check(CLI::PositiveNumber),
          "Run");
}

void resolve_recipe(Options& o, const graph::ModelConfig& model) {
    o.recipe.seed = o.common.seed;
    o.recipe.fuse = !o.no_fuse;
    if (o.batch_size != automatic) o.recipe.batch_size = parse_batch_size(o.batch_size).value();
    o.recipe.optimizer = o.optimizer.resolve();
    o.learning_rate.base = o.optimizer.learning_rate();
    o.learning_rate.decay = train::parse_decay(o.scheduler);
    if (!o.milestones.empty()) o.learning_rate.milestones = parse_numbers(o.milestones, "--milestones");
    if (o.augment.empty()) o.augment = model.input_size < small_images ? "crop-pad4" : "random-resized-crop";
    if (o.no_augment) o.augment = "none";
    o.recipe.crop_pad4 = o.augment == "crop-pad4";
    o.recipe.random_resized_crop = o.augment == "random-resized-crop";
    try {
        o.learning_rate.validate(static_cast<double>(o.recipe.epochs));
    } catch (const train::ScheduleError& error) {
        throw UsageError(error.what());
    }
}

train::DatasetOptions dataset_options(const graph::ModelConfig& model, const Options& o, int classes) {
    train::DatasetOptions options;
    options.input_size = static_cast<int>(model.input_size);
    options.num_classes = classes;
    options.seed = o.common.seed;
    return options;
}

std::shared_ptr<const train::Dataset> open_validation(const Options& o,
                                                      const train::DatasetOptions& options) {
    if (!o.val_data.empty()) return train::open_dataset(o.val_data, train::Split::val, options);
    if (!train::has_splits(o.data)) return nullptr;
    return train::open_dataset(o.data, train::Split::val, options);
}

// The class count is the data's, unless the user says it.
void take_classes(graph::ModelConfig& model, const Options& o, const train::Dataset& data) {
    if (o.model.given.find("num-classes")->second.empty()) model.num_classes = data.num_classes();
    if (data.num_classes() > model.num_classes)
        throw UsageError(fmt::format("--num-classes {} is less than the data's {} classes", model.num_classes,
                                     data.num_classes()));
}

train::InitialWeights initial_weights(const Options& o, const graph::ModelFile* init,
                                      const graph::Graph& network) {
    train::InitialWeights initial{graph::initial_values(network, o.recipe.seed), 0};
    if (init == nullptr) return initial;
    graph::ImportedWeights imported =
        graph::import_weights(network, init->weights, {.replace_classifier = true});
    for (const std::string& name : imported.replaced)
        if (!o.common.quiet)
            spdlog::info("{} has another number of classes in {} and is initialised anew", name, o.init);
    for (auto& [id, value] : imported.values) {
        if (!train::all_finite(value))
            throw Error("{}: the weights {} are not finite; start from a file written before they became so",
                        o.init, network.value(id).name);
        initial.values[id] = std::move(value);
    }
    initial.batches_tracked = imported.num_batches_tracked;
    return initial;
}

// config.yaml: all that is in force, but for where the run is and how it is shown.
std::string config_of(const Options& o, const CLI::App& app, const graph::ModelConfig& model,
                      const std::vector<uint32_t>& devices, graph::DType storage) {
    std::map<std::string, std::string> resolved = graph::to_options(model);
    resolved.merge(o.optimizer.defaults());
    resolved["device"] = fmt::format("{}", fmt::join(devices, ","));
    resolved["augment"] = o.augment;
    resolved["batch-size"] = std::to_string(o.recipe.batch_size);
    resolved["precision"] = precision_name(storage);
    std::set<std::string> left_out = o.optimizer.not_of_the_chosen();
    left_out.insert({"out", "resume", "no-augment", "explain", "profile", "tune", "json", "quiet"});
    return config_text(app, resolved, left_out);
}

train::RunDirectory run_directory(const Options& o, const graph::ModelConfig& model) {
    if (o.resume.empty())
        return train::RunDirectory::fresh(o.out, std::string(graph::model_name(model.model)));
    if (!o.out.empty() && o.out != o.resume)
        throw UsageError(
            fmt::format("--resume {} goes on in that directory: leave --out {} away", o.resume, o.out));
    return train::RunDirectory::existing(o.resume);
}

// No more than a batch an epoch: a batch larger than the data would never be filled.
int64_t largest_batch(const Options& o, const graph::ModelConfig& model, graph::DType storage,
                      const train::ModelOnDevices& replicas, const train::Dataset& data) {
    return train::largest_batch(replicas, static_cast<int64_t>(data.size()), train::pixel_type(data),
                                [&](train::StepShape shape) {
                                    shape.storage = storage;
                                    return train::training_step(model, o.recipe, shape);
                                });
}

std::string precision_key_of(const Options& o, const graph::ModelConfig& model) {
    return precision_key(model, o.batch_size == automatic ? "training, the largest batch"
                                                          : work_of("training", o.recipe.batch_size));
}

// What one of the devices does in a step; alone, so that nobody waits for the others.
Workload workload_of(const Options& o, const graph::ModelConfig& model, const OpenDevices& open,
                     size_t device, graph::DType storage, const train::Dataset& data) {
    const train::ModelOnDevices replicas(open.pointers());
    const int64_t batch =
        o.batch_size == automatic ? largest_batch(o, model, storage, replicas, data) : o.recipe.batch_size;
    train::StepShape shape = replicas.shapes(batch, train::pixel_type(data)).at(device);
    shape.storage = storage;
    shape.replicas = 1;
    return {{{work_of("training", shape.local_batch), train::training_step(model, o.recipe, shape).graph}},
            shape.local_batch,
            precision_key_of(o, model)};
}

int run(const std::shared_ptr<Options>& options, const CLI::App& app) {
    Options& o = *options;
    const bool resuming = !o.resume.empty();
    const bool from_checkpoint =
        resuming && train::checkpoint_exists(std::filesystem::path(o.resume) / "checkpoint");
    std::optional<graph::ModelFile> init;
    if (!o.init.empty() && !from_checkpoint) init = graph::read_model_file(o.init);
    std::optional<graph::ModelConfig> known;
    if (init && init->config) known = init->config;
    graph::ModelConfig model = o.model.resolve(known);
    resolve_recipe(o, model);
    // Small images are used whole: enlarging 32 pixels to crop them again helps nobody.
    if (o.model.given.find("crop-pct")->second.empty() && model.input_size < small_images) model.crop_pct = 1;

    const auto data = train::open_dataset(o.data, train::Split::train, dataset_options(model, o, 0));
    take_classes(model, o, *data);
    const auto validation =
        open_validation(o, dataset_options(model, o, static_cast<int>(model.num_classes)));

    const Workloads workloads = [&](const OpenDevices& devices, size_t i, graph::DType storage) {
        return std::vector{workload_of(o, model, devices, i, storage, *data)};
    };
    graph::DeviceOptions forced;
    if (o.matrix_units) forced.kernels = graph::on_matrix_units();
    const OpenDevices open = open_tuned(o.common, o.tune, workloads, forced);
    train::ModelOnDevices replicas(open.pointers());
    const graph::DType storage =
        announced_storage_type(o.common, open.pointers(), precision_key_of(o, model));
    if (o.matrix_units && storage != graph::DType::f16)
        throw UsageError("--matrix-units multiplies fp16 tensors: use it with --precision amp");
    if (o.batch_size == automatic) {
        o.recipe.batch_size = largest_batch(o, model, storage, replicas, *data);
        if (!o.common.quiet) spdlog::info("--batch-size auto: {} images", o.recipe.batch_size);
    }
    if (o.explain) {
        explain(model, o.recipe, storage, replicas, o.profile, o.common.json);
        return 0;
    }
    const train::RunDirectory directory = run_directory(o, model);

    train::TrainerOptions trainer;
    trainer.model = model;
    trainer.recipe = o.recipe;
    trainer.storage = storage;
    trainer.learning_rate = o.learning_rate;
    if (o.max_steps > 0) trainer.max_steps = o.max_steps;
    trainer.log_every = o.log_every;
    trainer.save_every = o.save_every;
    trainer.shuffle = !o.no_shuffle;
    trainer.workers = o.workers;
    trainer.out = directory.path();
    trainer.resume = from_checkpoint;
    trainer.initial = [&](const graph::Graph& network) {
        return initial_weights(o, init ? &*init : nullptr, network);
    };
    if (!o.common.quiet) spdlog::info("run directory {}", directory.path().string());
    TrainingReports reports(directory, resuming, config_of(o, app, model, open.indices, storage), trainer,
                            o.common);
    const train::TrainingResult result =
        train::train(trainer, replicas, data, validation, reports, watch_for_interrupt());
    reports.finish(result);
    return result.interrupted ? interrupt_status() : 0;
}

}  // namespace

Run train_command(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    add_options(app, *options);
    return [options, &app] { return run(options, app); };
}

}  // namespace vkm::apps
