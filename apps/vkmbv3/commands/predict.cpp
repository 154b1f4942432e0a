#include "cli/common_options.h"
#include "cli/compile_progress.h"
#include "cli/json_output.h"
#include "cli/model_options.h"
#include "cli/precision.h"
#include "cli/tuning.h"
#include "cli/weights_input.h"
#include "commands/command.h"
#include "commands/heat_map_pictures.h"

#include <base/text.h>
#include <graph/finite.h>
#include <graph/weights/formats.h>
#include <infer/classifier.h>
#include <infer/labels/labels.h>

#include <fmt/core.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

namespace vkm::apps {
namespace {

constexpr int64_t most_maps_at_a_time = 8;

struct Options {
    CommonOptions common;
    ModelArguments model;
    std::string weights, labels;
    std::vector<std::string> images;
    int64_t topk = 5;
    bool logits = false, tune = false;
    HeatMapArguments heat_maps;
};

// Returns the names of the model's classes: those given, or else those in its file.
std::vector<std::string> class_names(const Options& options, const graph::ModelConfig& model,
                                     std::vector<std::string> in_the_weights) {
    if (options.labels.empty()) return in_the_weights;
    std::vector<std::string> names = infer::read_labels(options.labels, model.num_classes).names;
    const std::vector<std::string> repeated = infer::repeated(names);
    if (!repeated.empty() && !options.common.quiet)
        spdlog::warn("{}: several classes are called {}: their numbers tell them apart", options.labels,
                     a_few(repeated));
    return names;
}

void print(const Options& options, const std::string& image, const infer::Classification& result,
           const nlohmann::json& heat_map) {
    if (!options.common.json) {
        fmt::print("{}:", image);
        for (const infer::Prediction& p : result.top)
            fmt::print("  {} {:.1f} %", p.name, 100 * p.probability);
        fmt::print("\n");
        if (!heat_map.is_null()) fmt::print("  {}\n", heat_map["file"].get<std::string>());
        return;
    }
    nlohmann::json json{{"image", image}, {"top", nlohmann::json::array()}};
    for (const infer::Prediction& p : result.top)
        json["top"].push_back({{"class", p.label}, {"label", p.name}, {"probability", p.probability}});
    if (options.logits) json["logits"] = result.logits;
    if (!heat_map.is_null()) json["heatmap"] = heat_map;
    print_json(json);
}

int predict(const Options& options) {
    graph::ModelFile file = read_weights(options.weights, options.model, options.common.quiet);
    const graph::ModelConfig model = options.model.resolve(file.config);
    std::vector<std::string> names = class_names(options, model, std::move(file.class_names));
    const OpenDevices open =
        open_tuned(options.common, options.tune, [&](const OpenDevices&, size_t, graph::DType storage) {
            return std::vector{inference_workload(work_of("inference", 1), model, 1, storage)};
        });
    if (open.devices.size() > 1) throw UsageError("predict uses one device: name one with --device");
    CompileProgress progress(options.common.quiet);
    const graph::DType storage = announced_storage_type(options.common, open.pointers(),
                                                        precision_key(model, work_of("inference", 1)));
    std::optional<HeatMapPictures> pictures;
    if (options.heat_maps) {
        pictures.emplace(options.heat_maps, options.images.size(), model, names);
        pictures->open(*open.devices.front(), file.weights,
                       {.classes = std::min(options.topk, most_maps_at_a_time),
                        .precision = storage,
                        .compile_progress = progress.callback()});
    }
    infer::Classifier classifier(*open.devices.front(), model, std::move(file.weights), std::move(names),
                                 {.precision = storage, .compile_progress = progress.callback()});
    int failures = 0;
    for (const std::string& path : options.images) {
        try {
            const infer::Classification result = classifier.classify(path, static_cast<size_t>(options.topk));
            print(options, path, result, pictures ? pictures->write(path, result) : nlohmann::json());
        } catch (const image::ImageError& error) {
            fmt::print(stderr, "vkmbv3: error: {}\n", error.what());
            ++failures;
        } catch (const graph::NonFinite& error) {
            fmt::print(stderr, "vkmbv3: error: {}: {}\n", path, error.what());
            ++failures;
        }
    }
    return failures == 0 ? 0 : 1;
}

}  // namespace

Run predict_command(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    options->common.add(app);
    options->model.add(app);
    app.add_option("--weights", options->weights, graph::weight_format_names())->required();
    app.add_option("--labels", options->labels,
                   "class names, one a line, or as JSON (default: those in the weights file)");
    app.add_option("--topk", options->topk, "how many classes to print")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_flag("--logits", options->logits, "with --json: the logits too");
    options->heat_maps.add(app);
    app.add_option("IMAGE", options->images, "image files")->required();
    add_tune_option(app, options->tune);
    return [options] { return predict(*options); };
}

}  // namespace vkm::apps
