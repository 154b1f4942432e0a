#include "cli/common_options.h"
#include "cli/compile_progress.h"
#include "cli/json_output.h"
#include "cli/model_options.h"
#include "cli/precision.h"
#include "cli/tuning.h"
#include "commands/command.h"

#include <graph/weights/formats.h>
#include <graph/weights/model_file.h>
#include <image/crop.h>
#include <image/decode/decode.h>
#include <infer/inference.h>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>

namespace vkm::apps {
namespace {

struct Options {
    CommonOptions common;
    ModelArguments model;
    std::string weights, labels;
    std::vector<std::string> images;
    int64_t topk = 5;
    bool logits = false, tune = false;
};

struct Prediction {
    int64_t label;
    double probability;
};

std::vector<Prediction> most_probable(const std::vector<double>& logits, int64_t count) {
    const double largest = *std::max_element(logits.begin(), logits.end());
    double sum = 0;
    for (const double logit : logits)
        sum += std::exp(logit - largest);
    std::vector<int64_t> order(logits.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
        return logits[static_cast<size_t>(a)] > logits[static_cast<size_t>(b)];
    });
    std::vector<Prediction> top;
    for (int64_t i = 0; i < std::min<int64_t>(count, static_cast<int64_t>(order.size())); ++i) {
        const int64_t label = order[static_cast<size_t>(i)];
        top.push_back({label, std::exp(logits[static_cast<size_t>(label)] - largest) / sum});
    }
    return top;
}

// A file of class names, one a line.
std::vector<std::string> read_labels(const std::string& path) {
    std::ifstream file(path);
    if (!file) throw Error("cannot read the labels in {}: check the path", path);
    std::vector<std::string> names;
    for (std::string line; std::getline(file, line);)
        names.push_back(line);
    return names;
}

void print_line(const Options& options, const std::string& image, const std::vector<double>& logits,
                const std::vector<std::string>& names) {
    const auto name = [&](int64_t label) {
        const auto i = static_cast<size_t>(label);
        return i < names.size() ? names[i] : std::to_string(label);
    };
    const std::vector<Prediction> top = most_probable(logits, options.topk);
    if (!options.common.json) {
        fmt::print("{}:", image);
        for (const Prediction& p : top)
            fmt::print("  {} {:.1f} %", name(p.label), 100 * p.probability);
        fmt::print("\n");
        return;
    }
    nlohmann::json json{{"image", image}, {"top", nlohmann::json::array()}};
    for (const Prediction& p : top)
        json["top"].push_back({{"class", p.label}, {"label", name(p.label)}, {"probability", p.probability}});
    if (options.logits) json["logits"] = logits;
    print_json(json);
}

int predict(const Options& options) {
    graph::ModelFile file = graph::read_model_file(options.weights);
    const graph::ModelConfig model = options.model.resolve(file.config);
    const std::vector<std::string> names =
        options.labels.empty() ? file.class_names : read_labels(options.labels);
    const OpenDevices open =
        open_tuned(options.common, options.tune, [&](const OpenDevices&, size_t, graph::DType storage) {
            return std::vector{inference_workload(work_of("inference", 1), model, 1, storage)};
        });
    if (open.devices.size() > 1) throw UsageError("predict uses one device: name one with --device");
    CompileProgress progress(options.common.quiet);
    infer::Inference network(
        *open.devices.front(), model, std::move(file.weights),
        {.batch_size = 1,
         .precision = announced_storage_type(options.common, open.pointers(),
                                             precision_key(model, work_of("inference", 1))),
         .compile_progress = progress.callback()});
    int failures = 0;
    for (const std::string& path : options.images) {
        try {
            const image::Image image = image::decode_image(path);
            const auto size = static_cast<int>(model.input_size);
            const image::Image crop = image::resize_bilinear(
                image, image::evaluation_crop(image.height, image.width, size, model.crop_pct));
            print_line(options, path, network.run(crop.rgb).values, names);
        } catch (const image::ImageError& error) {
            fmt::print(stderr, "vkmbv3: error: {}\n", error.what());
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
                   "class names, one a line (default: those in the weights file)");
    app.add_option("--topk", options->topk, "how many classes to print")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_flag("--logits", options->logits, "with --json: the logits too");
    app.add_option("IMAGE", options->images, "image files")->required();
    add_tune_option(app, options->tune);
    return [options] { return predict(*options); };
}

}  // namespace vkm::apps
