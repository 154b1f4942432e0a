#include "cli/config_file.h"
#include "cli/precision.h"
#include "cli/processes.h"
#include "cli/usage_error.h"
#include "commands/command.h"
#include "commands/training/changed_options.h"
#include "commands/training/explanation.h"
#include "commands/training/recipe_arguments.h"
#include "commands/training/seen_images.h"
#include "commands/training/training_reports.h"
#include "commands/training/training_setup.h"
#include "commands/training/whole_paths.h"

#include <base/atomic_file.h>
#include <base/host.h>
#include <base/interrupt.h>
#include <graph/finite.h>
#include <graph/models/initialise.h>
#include <graph/models/network.h>
#include <graph/run/chrome_trace.h>
#include <graph/run/step_trace.h>
#include <train/data/dataset_kinds.h>
#include <train/data/several_classes.h>
#include <train/run_directory.h>
#include <train/together.h>
#include <train/trainer.h>
#include <train/training_loading.h>

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdio>
#include <sstream>
#include <thread>

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
    if (o.common.local_size == 1)
        resolved["device"] = fmt::format("{}", fmt::join(setup.device_indices(), ","));
    else
        resolved["device"] = o.common.device;  // of which each process has some
    for (const auto& [name, value] : o.augment.in_force())
        resolved[name] = value;
    // Where stages may take batches whole, shares cannot be given, and the devices' kinds say them.
    if (!o.placement.is_other_than_replicate()) resolved["shares"] = setup.shares_in_force();
    resolved["batch-size"] = std::to_string(o.recipe.batch_size);
    resolved["precision"] = precision_name(setup.storage());
    if (!o.given_recipe.empty()) resolved[earlier_recipe_option] = o.given_recipe;
    resolved.insert({{"data", o.data},
                     {"val-data", o.val_data},
                     {"init", o.init},
                     {"class-order", o.class_order},
                     {"class-weights", o.loss.class_weights()}});
    make_paths_whole(resolved);
    std::set<std::string> left_out = o.optimizer.not_of_the_chosen();
    left_out.merge(GradientArguments::other_names());
    left_out.merge(o.schedule.not_of_the_chosen());
    left_out.insert({"out", "resume", "recipe", "data-dir", "no-augment", "explain", "profile", "tune",
                     "dump-schedule", "json", "quiet"});
    if (o.placement.is_other_than_replicate()) left_out.insert("shares");
    return config_text(app, resolved, left_out);
}

// The first steps compile and warm up.
constexpr uint64_t first_traced_step = 2, traced_steps = 4;

void dump_schedule(const TrainArguments& o, TrainingSetup& setup, const graph::StepTrace& trace) {
    const std::vector<graph::TraceEvent> measured = trace.measured();
    if (measured.empty())
        throw Error(
            "--dump-schedule {}: the run ended before step {}, the first one that is looked at: give it {} steps or more",
            o.dump_schedule, first_traced_step + 1, first_traced_step + traced_steps);
    std::vector<std::string> devices;
    for (size_t i = 0; i < setup.replicas().count(); ++i)
        devices.push_back(setup.replicas().device(i).description());
    write_atomically(o.dump_schedule, graph::chrome_trace(measured, trace.planned(), devices));
    if (!o.common.quiet) spdlog::info("schedule of steps in {}: open it in ui.perfetto.dev", o.dump_schedule);
}

train::RunDirectory run_directory(const TrainArguments& o, const graph::ModelConfig& model) {
    if (o.resume.empty())
        return train::RunDirectory::fresh(o.out, std::string(graph::model_name(model.model)));
    if (!o.out.empty() && o.out != o.resume)
        throw UsageError(
            fmt::format("--resume {} goes on in that directory: leave --out {} away", o.resume, o.out));
    return train::RunDirectory::existing(o.resume);
}

train::TrainerOptions trainer_options(const TrainArguments& o, const TrainingSetup& setup) {
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
    trainer.placement.kind = setup.placement();
    trainer.recalibrate_batches = o.kept.recalibrate_batches();
    trainer.shuffle = !o.no_shuffle;
    trainer.shuffle_window = o.shuffle_window;
    trainer.workers = o.workers;
    trainer.validation_data = train::with_whole_path(o.val_data.empty() ? o.data : o.val_data);
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
    static const std::set<std::string> starting{"init", "start-epoch"};
    std::vector<std::string> changed;
    for (const ChangedOption& option : changed_options(app, directory.config().string(), config)) {
        if (starting.contains(option.name))
            throw UsageError(fmt::format(
                "--{0} starts a run, and --resume goes on from its checkpoint: leave --{0} away, or "
                "start a new run with --out",
                option.name));
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

// Shares a host's devices among the processes on it. One of them talks.
void take_part(TrainArguments& o, const Processes& processes) {
    o.host = processes.host();
    o.common.local_rank = processes.local_rank();
    o.common.local_size = processes.local_size();
    if (!processes.is_first()) o.common.quiet = true;
}

// Returns how many threads of this process read images.
int workers_of(const TrainArguments& o, const Processes& processes) {
    if (o.workers != 0 || !processes.has_others()) return o.workers;
    const size_t cores = std::max(1u, std::thread::hardware_concurrency());  // that this process may use
    return static_cast<int>(std::max<size_t>(1, cores / processes.local_size()));
}

// Says who takes part, and what holds a process up.
void say_who_takes_part(const TrainArguments& o, const TrainingSetup& setup, const Processes& processes) {
    std::vector<std::string> devices;
    for (const graph::PlannedDevice* device : setup.devices())
        devices.push_back(device->snapshot().name);
    const unsigned own = std::thread::hardware_concurrency();
    const unsigned all = host_cores();
    std::string line = fmt::format("{}: {}", processes.name(), fmt::join(devices, ", "));
    if (own * processes.local_size() < all)
        line += fmt::format(
            "; it may use {} of {} processor cores: --bind-to none gives mpirun's processes all of them", own,
            all);
    for (const std::string& each : train::gather_texts(processes.world(), line))
        if (!o.common.quiet) spdlog::info("{}", each);
}

// Returns what all processes must have alike: what is in force, except where files are and what each of them has.
std::map<std::string, std::string> settings_in(const std::string& config) {
    static const std::set<std::string> own{"data", "val-data", "device", "init", "workers", "log-every"};
    std::map<std::string, std::string> settings;
    std::istringstream lines(config);
    for (std::string line; std::getline(lines, line);)
        if (const size_t colon = line.find(": ");
            colon != std::string::npos && !own.contains(line.substr(0, colon)))
            settings[line.substr(0, colon)] = line.substr(colon + 2);
    return settings;
}

std::map<std::string, std::string> agreed_settings(const std::string& config, const TrainingSetup& setup) {
    std::map<std::string, std::string> settings = settings_in(config);
    for (const char* path :
         {"class-order", "class-weights", "shares"})  // whole, and hosts have other folders
        settings.erase(path);
    settings["the checkpoint to go on from"] = setup.from_checkpoint() ? "found" : "absent";
    return settings;
}

int run(TrainArguments& o, const CLI::App& app, const Processes& processes) {
    if (o.profile && !o.explain)
        throw UsageError("--profile measures what --explain prints: use both, or `vkmbv3 explain --profile`");
    // Only the first process explains, and a step that is measured would wait for the others.
    if (o.profile && processes.has_others())
        throw UsageError("--profile measures steps of one process: leave it away, or start one process");
    if (processes.has_others()) {
        // First: what is chosen by settings decides what the processes say to one another next.
        train::require_agreement(
            processes.world(), settings_in(config_text(app, {}, {"out", "json", "quiet"})),
            fmt::format("rank {} on host {}", processes.world().rank(), processes.host()));
        take_part(o, processes);
    }
    TrainingSetup setup(o, processes.world());
    if (processes.has_others() && setup.placement() == train::PlacementPolicy::Kind::pipeline)
        throw UsageError(
            "--placement pipeline is for the devices of one process: leave it away, or start one process");
    say_what_is_frozen(o, setup);
    if (o.explain) {
        if (processes.is_first()) explain(o, setup);
        return 0;
    }
    if (processes.has_others()) say_who_takes_part(o, setup, processes);
    train::require_several_classes(*setup.data(), setup.model().num_classes, o.data);
    // Now, and not when the run is over.
    if (!o.dump_schedule.empty() && processes.is_first()) AtomicFile{o.dump_schedule};
    if (!setup.validation()) o.kept.require_validation(setup.resumes());
    std::optional<train::RunDirectory> directory;
    train::for_all(processes.world(), [&] { directory = run_directory(o, setup.model()); });
    train::TrainerOptions trainer = trainer_options(o, setup);
    trainer.out = train::gather_texts(processes.world(), directory ? directory->path().string() : "").front();
    const std::string config = config_of(o, app, setup);
    trainer.host = processes.host();
    trainer.workers = workers_of(o, processes);
    trainer.agreed_settings = agreed_settings(config, setup);
    if (!directory) {  // the first process talks and writes for all
        train::TrainingObserver silent;
        const train::TrainingResult result = train::train(trainer, setup.replicas(), setup.data(),
                                                          setup.validation(), silent, watch_for_interrupt());
        return result.interrupted ? interrupt_status() : 0;
    }
    if (!setup.resumes() && setup.data()->kind() == train::SampleKind::tensor) o.augment.note_tensors();
    if (!o.common.quiet) {
        for (const std::string& note : o.augment.without_effect())
            spdlog::info("{}", note);
        spdlog::info("run directory {}", directory->path().string());
    }
    TrainingReports reports(*directory, setup.resumes(), config, changes(app, setup, *directory, config),
                            trainer, o.common);
    reports.name_devices(setup.kinds());
    if (o.tensorboard_images > 0) reports.show_images(seen_of_epoch(o, setup));
    if (!o.dump_schedule.empty())
        trainer.trace = std::make_shared<graph::StepTrace>(first_traced_step, traced_steps);
    const train::TrainingResult result = train::train(trainer, setup.replicas(), setup.data(),
                                                      setup.validation(), reports, watch_for_interrupt());
    reports.finish(result);
    if (trainer.trace) dump_schedule(o, setup, *trainer.trace);
    return result.interrupted ? interrupt_status() : 0;
}

// Runs one of several processes. Where it fails all end, because the others would wait for it; so it says itself why.
int run_among_others(TrainArguments& o, const CLI::App& app, const Processes& processes) {
    int status = 1;
    std::string failure;
    try {
        return run(o, app, processes);
    } catch (const UsageError& error) {
        status = 2;
        failure = error.what();
    } catch (const std::bad_alloc&) {
        failure = "out of host memory: use a smaller --batch-size or fewer --workers";
    } catch (const std::exception& error) {
        failure = error.what();
    }
    std::ranges::replace(failure, '\n', ' ');
    std::fputs(fmt::format("vkmbv3: error: {}: {}\n", processes.name(), failure).c_str(), stderr);
    std::fflush(stderr);
    processes.abort(status);
    return status;
}

}  // namespace

Run train_command(CLI::App& app) {
    const auto arguments = std::make_shared<TrainArguments>();
    arguments->add(app);
    return [arguments, &app] {
        const Processes processes = Processes::join();
        return processes.has_others() ? run_among_others(*arguments, app, processes)
                                      : run(*arguments, app, processes);
    };
}

}  // namespace vkm::apps
