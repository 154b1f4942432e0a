#include "cli/common_options.h"
#include "cli/compile_progress.h"
#include "cli/image_inputs.h"
#include "cli/model_options.h"
#include "cli/number_checks.h"
#include "cli/placement_option.h"
#include "cli/precision.h"
#include "cli/progress_bar.h"
#include "cli/standard_output.h"
#include "cli/tuning.h"
#include "cli/weights_input.h"
#include "commands/command.h"
#include "commands/heat_map_pictures.h"
#include "commands/prediction_output.h"

#include <base/terminal.h>
#include <base/text.h>
#include <graph/weights/formats.h>
#include <image/decode/decode.h>
#include <infer/batch_classifier.h>
#include <infer/labels/labels.h>

#include <fmt/core.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <set>

namespace vkm::apps {
namespace {

constexpr int64_t most_maps_at_a_time = 8;
/// A device makes heat maps when it has classified so many images.
constexpr size_t images_between_heat_maps = 64;
/// Enough to keep a device busy, and few enough that nobody waits long for the first row.
constexpr int64_t usual_batch = 32;

struct PredictOptions {
    CommonOptions common;
    ModelArguments model;
    std::vector<std::string> weights, images;
    std::string labels;
    int64_t topk = 5, batch_size = 0;
    int workers = 0;
    bool logits = false, tune = false, staged = false;
    HeatMapArguments heat_maps;
};

// Returns the names of the model's classes: those given, or else those in its file.
std::vector<std::string> class_names(const PredictOptions& options, const graph::ModelConfig& model,
                                     std::vector<std::string> in_the_weights) {
    if (options.labels.empty()) return in_the_weights;
    std::vector<std::string> names = infer::read_labels(options.labels, model.num_classes).names;
    const std::vector<std::string> repeated = infer::repeated(names);
    if (!repeated.empty() && !options.common.quiet)
        spdlog::warn("{}: several classes are called {}: their numbers tell them apart", options.labels,
                     a_few(repeated));
    return names;
}

int64_t divided_up(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

class Prediction {
  public:
    explicit Prediction(const PredictOptions& options)
        : options_(options),
          weights_(weights_files(options.weights)),
          inputs_(image_inputs(options.images)),
          output_({.json = options.common.json,
                   .logits = options.logits,
                   .several_models = weights_.size() > 1,
                   .topk = static_cast<size_t>(options.topk),
                   .columns = terminal_columns(standard_output)}) {
        for (const ImageInput& input : inputs_)
            paths_.push_back(input.path);
        if (!options.heat_maps && !options.heat_maps.classes.empty())
            throw UsageError("--heatmap-class says what --heatmap shows: give --heatmap OUT, too");
        if (options.heat_maps && weights_.size() > 1)
            throw UsageError("--heatmap shows what one network saw: name one with --weights");
    }

    int run() {
        for (const std::string& path : weights_) {
            if (std::optional<graph::ModelFile> file = read(path)) classify(path, *std::move(file));
        }
        if (inputs_.size() > 1 && !failed_.empty())
            spdlog::warn("{} of {} images could not be classified", failed_.size(), inputs_.size());
        if (weights_.size() > 1 && unusable_ > 0)
            spdlog::warn("{} of {} weights files could not be used", unusable_, weights_.size());
        return failed_.empty() && unusable_ == 0 ? 0 : 1;
    }

  private:
    // Returns a file with its network and the names of its classes. One of several that cannot be used is named.
    std::optional<graph::ModelFile> read(const std::string& path) {
        try {
            graph::ModelFile file = read_weights(path, options_.model, options_.common.quiet);
            file.config = options_.model.resolve(file.config);
            file.class_names = class_names(options_, *file.config, std::move(file.class_names));
            return file;
        } catch (const FileError& error) {
            if (weights_.size() == 1) throw;
            print_error(error.what());
            ++unusable_;
            return {};
        }
    }

    // Returns the size that is given, or else one by which every device gets equally many batches: of those that are not
    // much smaller than need be, the one that leaves the fewest rows of the last batches empty.
    int64_t batch_size(const OpenDevices& open) const {
        if (options_.batch_size > 0) return options_.batch_size;
        const auto devices = options_.staged ? 1 : static_cast<int64_t>(open.devices.size()),
                   images = std::max<int64_t>(static_cast<int64_t>(inputs_.size()), 1);
        const int64_t fewest = divided_up(divided_up(images, usual_batch), devices);
        int64_t best = fewest * devices;
        const auto rows = [&](int64_t batches) { return divided_up(images, batches) * batches; };
        for (int64_t batches = best + devices; batches <= (fewest + fewest / 4) * devices; batches += devices)
            if (rows(batches) < rows(best)) best = batches;
        return divided_up(images, best);
    }

    // Opens the devices once, when the first network is known.
    void open(const graph::ModelConfig& first) {
        if (open_) return;
        const auto workloads = [&](const OpenDevices& devices, size_t, graph::DType storage) {
            const int64_t batch = batch_size(devices);
            std::vector<Workload> all;
            for (const std::string& path : weights_) {
                const graph::ModelConfig model =
                    weights_.size() == 1
                        ? first
                        : options_.model.resolve(read_weights(path, options_.model, true).config);
                all.push_back(inference_workload(work_of("inference", batch), model, batch, storage));
            }
            return all;
        };
        open_.reset(new OpenDevices(open_tuned(options_.common, options_.tune, workloads)));
    }

    void classify(const std::string& path, graph::ModelFile file) {
        open(*file.config);
        const int64_t batch = batch_size(*open_);
        const std::string key = precision_key(*file.config, work_of("inference", batch));
        CompileProgress compiled(options_.common.quiet);
        if (options_.heat_maps) open_heat_maps(file, key, compiled);
        std::optional<infer::BatchClassifier> classifier;
        try {
            classifier.emplace(open_->pointers(), std::move(file),
                               infer::BatchClassifier::Options{.batch_size = batch,
                                                               .workers = options_.workers,
                                                               .precision = announced_storage_type(
                                                                   options_.common, open_->pointers(), key),
                                                               .compile_progress = compiled.callback(),
                                                               .staged = options_.staged});
        } catch (const FileError& error) {  // a network of other weights was named
            if (weights_.size() == 1) throw;
            print_error(error.what());
            ++unusable_;
            return;
        }
        if (!options_.common.quiet)
            for (const std::string& stage : classifier->stages())
                spdlog::info("{}", stage);
        output_.begin(path, paths_, classifier->class_names());
        ProgressBar bar(weights_.size() > 1 ? path : "images", inputs_.size(),
                        {.quiet = options_.common.quiet, .delay = std::chrono::milliseconds(500)});
        const auto read = [&](size_t i, const image::ChoosePart& part) {
            if (!inputs_[i].problem.empty()) throw image::ImageError("{}", inputs_[i].problem);
            return image::decode_image(std::filesystem::path(inputs_[i].path), {.part = part});
        };
        const auto start = std::chrono::steady_clock::now();
        const auto topk = static_cast<size_t>(options_.topk);
        const auto print = [&](size_t i, const infer::BatchClassifier::Result& result) {
            take(path, i, result, bar);
            bar.update(i + 1);
        };
        if (!pictures_) classifier->run(inputs_.size(), read, topk, print);
        for (size_t first = 0; pictures_ && first < inputs_.size(); first += images_between_heat_maps) {
            std::vector<infer::BatchClassifier::Result> results;
            classifier->run(
                std::min(images_between_heat_maps, inputs_.size() - first),
                [&](size_t i, const image::ChoosePart& part) { return read(first + i, part); }, topk,
                [&](size_t, const infer::BatchClassifier::Result& result) { results.push_back(result); });
            for (size_t i = 0; i < results.size(); ++i)
                print(first + i, results[i]);
        }
        bar.clear();
        const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
        if (inputs_.size() > 1 && !options_.common.quiet)
            spdlog::info("{} images, {:.1f} images/s", inputs_.size(),
                         static_cast<double>(inputs_.size()) / elapsed.count());
    }

    void open_heat_maps(const graph::ModelFile& file, const std::string& key, CompileProgress& progress) {
        pictures_.emplace(options_.heat_maps, inputs_.size(), *file.config, file.class_names);
        pictures_->open(*open_->devices.front(), file.weights,
                        {.classes = std::min(options_.topk, most_maps_at_a_time),
                         .precision = announced_storage_type(options_.common, open_->pointers(), key),
                         .compile_progress = progress.callback()});
    }

    void take(const std::string& model, size_t image, const infer::BatchClassifier::Result& result,
              ProgressBar& bar) {
        if (const auto* const classes = std::get_if<infer::Classification>(&result)) {
            if (terminal_) bar.clear();
            const std::string& file = inputs_[image].path;
            return output_.print(file, *classes,
                                 pictures_ ? pictures_->write(file, *classes) : nlohmann::json());
        }
        bar.clear();
        failed_.insert(image);
        const auto& problem = std::get<infer::Unclassified>(result);
        // An image that cannot be read is no better with the next network.
        if (problem.unreadable && !unreadable_.insert(image).second) return;
        std::string text =
            problem.unreadable ? problem.why : fmt::format("{}: {}", inputs_[image].path, problem.why);
        if (!problem.unreadable && weights_.size() > 1) text = fmt::format("{}, {}", model, text);
        print_error(text);
    }

    static void print_error(const std::string& text) { fmt::print(stderr, "vkmbv3: error: {}\n", text); }

    const PredictOptions& options_;
    const std::vector<std::string> weights_;
    const std::vector<ImageInput> inputs_;
    std::vector<std::string> paths_;
    PredictionOutput output_;
    const bool terminal_ = terminal_columns(standard_output).has_value();
    std::unique_ptr<OpenDevices> open_;
    std::optional<HeatMapPictures> pictures_;
    std::set<size_t> failed_, unreadable_;  ///< images
    size_t unusable_ = 0;                   ///< weights
};

}  // namespace

Run predict_command(CLI::App& app) {
    const auto options = std::make_shared<PredictOptions>();
    options->common.add(app);
    options->model.add(app);
    app.add_option(
           "--weights", options->weights,
           graph::weight_format_names() + ", or a folder of them; several: every model on every image")
        ->required()
        ->allow_extra_args(false);
    app.add_option("--labels", options->labels,
                   "class names, one a line, or as JSON (default: those in the weights file)");
    app.add_option("--topk", options->topk, "how many classes to print")
        ->check(positive_number())
        ->capture_default_str();
    app.add_flag("--logits", options->logits, "with --json: the logits too");
    options->heat_maps.add(app);
    app.add_option("--batch-size", options->batch_size, "images a device runs at a time (default: up to 32)")
        ->check(batch_sizes());
    app.add_option("--workers", options->workers, "threads that read images; 0: one a core")
        ->check(worker_counts());
    app.add_option(
           "IMAGE", options->images,
           "image files, folders of them, lists of paths (.txt, .csv, list:FILE), - for a list on stdin")
        ->required();
    add_placement_option(app, options->staged);
    add_tune_option(app, options->tune);
    return [options] { return Prediction(*options).run(); };
}

}  // namespace vkm::apps
