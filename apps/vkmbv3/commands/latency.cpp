#include "cli/common_options.h"
#include "cli/compile_progress.h"
#include "cli/json_output.h"
#include "cli/model_options.h"
#include "cli/precision.h"
#include "cli/tuning.h"
#include "commands/command.h"

#include <base/quantile.h>
#include <graph/finite.h>
#include <infer/inference.h>

#include <fmt/core.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <map>

namespace vkm::apps {
namespace {

struct Options {
    CommonOptions common;
    ModelArguments model;
    std::string widths, models;
    int64_t batch_size = 1;
    int runs = 0;
    bool profile = false, tune = false;
};

struct Row {
    std::string model;
    double width;
    std::string device, precision;
    int64_t batch, input_size;
    double median_ms, p95_ms, images_per_second;
};

// Says that the network's answers would be none. Its times are what they are.
void warn_of_overflow(const infer::Inference& network, const graph::HostTensor& logits) {
    try {
        network.require_finite(logits, logits.shape.n);
    } catch (const graph::NonFinite& error) {
        spdlog::warn("timed all the same, but {}", error.what());
    }
}

std::vector<double> time_runs(infer::Inference& network, const std::vector<uint8_t>& images, int runs) {
    using Clock = std::chrono::steady_clock;
    std::vector<double> milliseconds;
    // Some drivers compile in the first run and all fault memory in: it is not counted.
    warn_of_overflow(network, network.run(images));
    const Clock::time_point begin = Clock::now();
    while (runs > 0 ? static_cast<int>(milliseconds.size()) < runs
                    : milliseconds.size() < 20 ||
                          (Clock::now() - begin < std::chrono::seconds(2) && milliseconds.size() < 500)) {
        const Clock::time_point start = Clock::now();
        network.run(images);
        milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
    return milliseconds;
}

void print_profile(const infer::Inference& network) {
    std::map<std::string, double> by_kernel;
    double total = 0;
    for (const engine::DispatchTime& time : network.times()) {
        fmt::print(stderr, "{:10.1f} us  {:<60} {}\n", time.microseconds, time.label, time.kernel);
        by_kernel[time.kernel.substr(0, time.kernel.find('['))] += time.microseconds;
        total += time.microseconds;
    }
    for (const auto& [kernel, microseconds] : by_kernel)
        fmt::print(stderr, "{:10.1f} us  {:5.1f} %  {}\n", microseconds, 100 * microseconds / total, kernel);
    fmt::print(stderr, "{:10.1f} us  in all kernels\n", total);
}

nlohmann::json to_json(const Row& row) {
    return {
        {"model", row.model},         {"width", row.width},   {"device", row.device},
        {"precision", row.precision}, {"batch", row.batch},   {"input_size", row.input_size},
        {"median_ms", row.median_ms}, {"p95_ms", row.p95_ms}, {"images_per_second", row.images_per_second}};
}

Row measure(const Options& options, const graph::ModelConfig& model, graph::PlannedDevice& device) {
    CompileProgress compile(options.common.quiet);
    const graph::DType storage = announced_storage_type(
        options.common, {&device}, precision_key(model, work_of("inference", options.batch_size)));
    infer::Inference network(device, model,
                             {.batch_size = options.batch_size,
                              .precision = storage,
                              .profile = options.profile,
                              .compile_progress = compile.callback()});
    std::vector<uint8_t> images(
        static_cast<size_t>(options.batch_size * model.input_size * model.input_size * 3));
    for (size_t i = 0; i < images.size(); ++i)
        images[i] = static_cast<uint8_t>(i * 2654435761u >> 13);
    const std::vector<double> times = time_runs(network, images, options.runs);
    if (options.profile) print_profile(network);
    const double median_ms = median(times);
    return {std::string(graph::model_name(model.model)),
            model.width,
            device.description(),
            std::string(precision_name(storage)),
            options.batch_size,
            model.input_size,
            median_ms,
            quantile(times, 0.95),
            1000 * static_cast<double>(options.batch_size) / median_ms};
}

// Returns each model with each of the values of one option.
std::vector<ModelArguments> varied(const std::vector<ModelArguments>& models, const std::string& option,
                                   const std::vector<std::string>& values) {
    std::vector<ModelArguments> all;
    for (const ModelArguments& model : models)
        for (const std::string& value : values)
            all.emplace_back(model).given[option] = value;
    return all;
}

// Returns models times widths. Each is resolved on its own, so that what is not
// given is that model's default.
std::vector<graph::ModelConfig> models_of(const Options& options) {
    std::vector<ModelArguments> models{options.model};
    if (!options.models.empty()) {
        if (options.models != "all") throw UsageError("--models takes 'all'; name one model with --model");
        std::vector<std::string> names;
        for (const graph::Model& model : graph::common_models())
            names.emplace_back(graph::model_name(model));
        models = varied(models, "model", names);
    }
    if (!options.widths.empty()) {
        std::vector<std::string> widths;
        for (const double width : parse_numbers(options.widths, "--widths"))
            widths.push_back(fmt::format("{}", width));
        models = varied(models, "width", widths);
    }
    std::vector<graph::ModelConfig> resolved;
    for (const ModelArguments& model : models)
        resolved.push_back(model.resolve());
    return resolved;
}

int latency(const Options& options) {
    const std::vector<graph::ModelConfig> models = models_of(options);
    const OpenDevices open =
        open_tuned(options.common, options.tune,
                   [&](const OpenDevices&, size_t, graph::DType storage) {
                       std::vector<Workload> workloads;
                       for (const graph::ModelConfig& model : models)
                           workloads.push_back(inference_workload(
                               fmt::format("{} x{}, batches of {}", graph::model_name(model.model),
                                           model.width, options.batch_size),
                               model, options.batch_size, storage));
                       return workloads;
                   },
                   {.plan = {.profile = options.profile}});
    nlohmann::json json = nlohmann::json::array();
    for (const graph::ModelConfig& model : models)
        for (graph::PlannedDevice* device : open.pointers()) {
            const Row row = measure(options, model, *device);
            if (options.common.json)
                json.push_back(to_json(row));
            else
                fmt::print("{} x{}  {} px  batch {}  {}: median {:.2f} ms, p95 {:.2f} ms, {:.1f} images/s\n",
                           row.model, row.width, row.input_size, row.batch, row.device, row.median_ms,
                           row.p95_ms, row.images_per_second);
        }
    if (options.common.json) print_json(json, 2);
    return 0;
}

}  // namespace

Run latency_command(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    options->common.add(app);
    options->model.add(app);
    app.add_option("--models", options->models, "'all': V2, V3 and the minimalistic V3, one after the other");
    app.add_option("--widths", options->widths, "several widths: 1,0.75,0.5");
    app.add_option("--batch-size", options->batch_size, "images a run")
        ->check(batch_sizes())
        ->capture_default_str();
    app.add_option("--runs", options->runs, "how many runs are timed (default: for two seconds)")
        ->check(CLI::PositiveNumber);
    app.add_flag("--profile", options->profile, "time of every kernel, on stderr");
    add_tune_option(app, options->tune);
    return [options] { return latency(*options); };
}

}  // namespace vkm::apps
