#include "cli/common_options.h"
#include "cli/compile_progress.h"
#include "cli/json_output.h"
#include "cli/model_options.h"
#include "cli/precision.h"
#include "cli/progress_bar.h"
#include "cli/tuning.h"
#include "cli/weights_input.h"
#include "commands/command.h"
#include "commands/training/data_options.h"
#include "commands/training/evaluation_report.h"

#include <base/text.h>
#include <graph/weights/formats.h>
#include <infer/labels/labels.h>
#include <train/data/classes.h>
#include <train/evaluator.h>
#include <train/shares.h>

#include <fmt/core.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

namespace vkm::apps {
namespace {

struct EvalOptions {
    CommonOptions common;
    ModelArguments model;
    std::string weights, labels, class_order, report, data = "synthetic";
    int64_t batch_size = 32;
    int workers = 0;
    HoldBackArguments held_back;
    bool tune = false;
};

// Returns the model's classes by the names that were given, or else by those in its file.
train::Classes classes_of(const EvalOptions& options, const graph::ModelFile& file,
                          const graph::ModelConfig& model) {
    train::Classes classes{.owner = options.weights,
                           .count = static_cast<int>(model.num_classes),
                           .names = file.class_names,
                           .naming = "name the model's with --labels FILE"};
    if (options.labels.empty()) return classes;
    infer::Labels labels = infer::read_labels(options.labels, model.num_classes);
    classes.owner = options.labels;
    classes.names = std::move(labels.names);
    classes.ids = std::move(labels.ids);
    return classes;
}

// Opens the data with the model's classes for labels, and says which the data do not have.
std::shared_ptr<const train::Dataset> open_data(const EvalOptions& options, const train::Classes& classes,
                                                const graph::ModelConfig& model) {
    train::DatasetOptions dataset_options;
    dataset_options.input_size = static_cast<int>(model.input_size);
    dataset_options.num_classes = classes.count;
    dataset_options.seed = options.common.seed;
    train::MatchedData matched = train::match_classes(
        open_evaluated(options.data, options.held_back, dataset_options, options.class_order), options.data,
        classes);
    if (!matched.without_images.empty() && !options.common.quiet)
        spdlog::info("{} has no images of {}", options.data, a_few(matched.without_images));
    return std::move(matched.data);
}

void print(const EvalOptions& options, const train::Evaluation& result, int64_t unreadable) {
    if (!options.common.json) {
        fmt::print("{} images: loss {:.4f}, top-1 {:.2f} %, top-5 {:.2f} %, {:.1f} images/s\n", result.images,
                   result.loss, 100 * result.top1, 100 * result.top5, result.images_per_second);
        return;
    }
    nlohmann::json json{{"images", result.images},
                        {"loss", result.loss},
                        {"top1", result.top1},
                        {"top5", result.top5},
                        {"images_per_second", result.images_per_second},
                        {"unreadable_images", unreadable}};
    if (!options.report.empty()) json["report"] = options.report;
    print_json(json);
}

int evaluate(const EvalOptions& options) {
    const graph::ModelFile file = read_weights(options.weights, options.model, options.common.quiet);
    const graph::ModelConfig model = options.model.resolve(file.config);
    const train::Classes classes = classes_of(options, file, model);
    const auto dataset = open_data(options, classes, model);
    std::optional<EvaluationReporter> report;
    if (!options.report.empty())
        report.emplace(options.report,
                       EvaluationReport{options.weights, options.data, model,
                                        classes.names.empty() ? dataset->class_names() : classes.names},
                       dataset);

    const auto batch_size = [&](size_t devices) {
        return train::even_batch(dataset->size(), options.batch_size, devices);
    };
    const std::string work = work_of("evaluation", options.batch_size), key = precision_key(model, work);
    const OpenDevices open = open_tuned(
        options.common, options.tune, [&](const OpenDevices& devices, size_t i, graph::DType storage) {
            train::StepShape shape =
                train::ModelOnDevices(devices.pointers())
                    .shapes(batch_size(devices.devices.size()), train::pixel_type(*dataset))
                    .at(i);
            shape.storage = storage;
            const auto graph = [&](graph::Granularity granularity) {
                return train::evaluation_step(model, shape, 0, granularity).step.graph;
            };
            return std::vector{Workload{{{work, graph(graph::Granularity::layers)},
                                         {work + ", blocks", graph(graph::Granularity::blocks)}},
                                        shape.local_batch,
                                        key}};
        });
    train::ModelOnDevices replicas(open.pointers());
    CompileProgress compile(options.common.quiet);
    train::Evaluator evaluator(
        replicas, model, batch_size(replicas.count()), train::pixel_type(*dataset), 0, compile.callback(),
        announced_storage_type(options.common, open.pointers(), key), report.has_value());
    evaluator.load(evaluator.network(), graph::import_weights(evaluator.network(), file.weights).values);

    train::LoaderOptions loading =
        train::evaluation_loading(model, batch_size(replicas.count()), options.workers);
    loading.scaling = replicas.scaling();
    train::Loader loader(dataset, loading);
    std::optional<ProgressBar> bar(std::in_place, "images", dataset->size(),
                                   ProgressBar::Options{.quiet = options.common.quiet});
    const auto progress = [&](int64_t images) { bar->update(static_cast<uint64_t>(images)); };
    const train::Evaluation result =
        evaluator.run(loader, progress, report ? report->on_logits() : train::Evaluator::OnLogits());
    bar.reset();
    if (report) report->write(result);
    if (loader.failures() > 0)
        spdlog::warn("{} images could not be read and were left out", loader.failures());
    print(options, result, loader.failures());
    return 0;
}

}  // namespace

Run eval_command(CLI::App& app) {
    const auto options = std::make_shared<EvalOptions>();
    options->common.add(app);
    options->model.add(app);
    app.add_option("--weights", options->weights, graph::weight_format_names())->required();
    app.add_option("--labels", options->labels,
                   "the model's class names, as for predict (default: those in the weights file)");
    app.add_option("--data", options->data, data_help() + "; the validation part where there is one")
        ->check(data_specification())
        ->capture_default_str();
    options->held_back.add(app, "evaluate what `train` held back with this share, this --seed and this data",
                           "OPTIONS");
    add_class_order(app, options->class_order);
    app.add_option("--report", options->report,
                   "folder for a report: accuracy of each class, confusion matrix, worst images");
    app.add_option("--batch-size", options->batch_size, "over all devices; the most: batches are made equal")
        ->check(batch_sizes())
        ->capture_default_str();
    app.add_option("--workers", options->workers, "decoding threads; 0: one a core")->check(worker_counts());
    add_tune_option(app, options->tune);
    return [options] { return evaluate(*options); };
}

}  // namespace vkm::apps
