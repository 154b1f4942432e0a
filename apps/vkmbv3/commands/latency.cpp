#include "cli/common_options.h"
#include "cli/compile_progress.h"
#include "cli/json_output.h"
#include "cli/model_options.h"
#include "cli/number_checks.h"
#include "cli/placement_option.h"
#include "cli/precision.h"
#include "cli/tuning.h"
#include "cli/weights_input.h"
#include "commands/command.h"

#include <base/quantile.h>
#include <graph/finite.h>
#include <graph/weights/formats.h>
#include <infer/inference.h>

#include <fmt/core.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <filesystem>
#include <map>
#include <numeric>
#include <tuple>

namespace vkm::apps {
namespace {

struct LatencyOptions {
    CommonOptions common;
    ModelArguments model;
    std::string widths, models;
    int64_t batch_size = 1;
    int runs = 0;
    bool profile = false, tune = false, staged = false;
};

// Names a network to time. Weights say which it is; those of a measurement are drawn.
struct Subject {
    graph::ModelConfig model;
    std::string weights = {};

    std::string name() const {
        return weights.empty() ? fmt::format("{} x{}", graph::model_name(model.model), model.width) : weights;
    }
};

struct Row {
    Subject subject;
    std::string device, precision;
    int64_t batch;
    std::vector<double> milliseconds;

    double median_ms() const { return median(milliseconds); }
    double mean_ms() const {
        return std::accumulate(milliseconds.begin(), milliseconds.end(), 0.0) / count();
    }
    // Returns the root of the mean squared distance from the mean, as numpy.std() does.
    double std_ms() const {
        const double mean = mean_ms();
        double sum = 0;
        for (const double ms : milliseconds)
            sum += (ms - mean) * (ms - mean);
        return std::sqrt(sum / count());
    }
    double images_per_second() const { return 1000 * static_cast<double>(batch) / median_ms(); }

  private:
    double count() const { return static_cast<double>(milliseconds.size()); }
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

// Returns what lies between the ends of two batches that follow one another through the stages.
std::vector<double> time_flow(infer::Inference& network, const std::vector<uint8_t>& images, size_t slots,
                              int runs) {
    using Clock = std::chrono::steady_clock;
    warn_of_overflow(network, network.run(images));
    std::deque<graph::Executor::Slot> flights;
    const auto next = [&] {
        while (flights.size() < slots)
            flights.push_back(network.begin(images));
        network.finish(flights.front());
        flights.pop_front();
        return Clock::now();
    };
    for (size_t i = 0; i < slots; ++i)  // until all stages have work
        next();
    const Clock::time_point begin = Clock::now();
    std::vector<double> milliseconds;
    for (Clock::time_point last = begin;
         runs > 0 ? static_cast<int>(milliseconds.size()) < runs
                  : milliseconds.size() < 20 ||
                        (last - begin < std::chrono::seconds(2) && milliseconds.size() < 500);) {
        const Clock::time_point now = next();
        milliseconds.push_back(std::chrono::duration<double, std::milli>(now - last).count());
        last = now;
    }
    for (; !flights.empty(); flights.pop_front())
        network.finish(flights.front());
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
    const graph::ModelConfig& model = row.subject.model;
    nlohmann::json json{{"model", graph::model_name(model.model)},
                        {"width", model.width},
                        {"device", row.device},
                        {"precision", row.precision},
                        {"batch", row.batch},
                        {"input_size", model.input_size},
                        {"median_ms", row.median_ms()},
                        {"p95_ms", quantile(row.milliseconds, 0.95)},
                        {"mean_ms", row.mean_ms()},
                        {"std_ms", row.std_ms()},
                        {"images_per_second", row.images_per_second()}};
    if (!row.subject.weights.empty()) json["weights"] = row.subject.weights;
    return json;
}

void print(const Row& row) {
    fmt::print(
        "{}  {} px  batch {}  {}: median {:.2f} ms, p95 {:.2f} ms, mean {:.2f} ± {:.2f} ms, {:.1f} images/s\n",
        row.subject.name(), row.subject.model.input_size, row.batch, row.device, row.median_ms(),
        quantile(row.milliseconds, 0.95), row.mean_ms(), row.std_ms(), row.images_per_second());
}

std::vector<uint8_t> some_images(const LatencyOptions& options, const graph::ModelConfig& model) {
    std::vector<uint8_t> images(
        static_cast<size_t>(options.batch_size * model.input_size * model.input_size * 3));
    for (size_t i = 0; i < images.size(); ++i)
        images[i] = static_cast<uint8_t>(i * 2654435761u >> 13);
    return images;
}

Row measure_stages(const LatencyOptions& options, const Subject& subject,
                   const std::vector<graph::PlannedDevice*>& devices) {
    const graph::ModelConfig& model = subject.model;
    CompileProgress compile(options.common.quiet);
    const graph::DType storage = announced_storage_type(
        options.common, devices, precision_key(model, work_of("inference", options.batch_size)));
    const size_t slots = infer::Inference::slots_for(devices.size());
    infer::Inference network(devices, model, std::nullopt,
                             {.batch_size = options.batch_size,
                              .precision = storage,
                              .slots = slots,
                              .compile_progress = compile.callback()});
    if (!options.common.quiet)
        for (const std::string& stage : network.stages())
            spdlog::info("{}", stage);
    std::string names;
    for (const graph::PlannedDevice* const device : devices)
        names += (names.empty() ? "" : " + ") + device->description();
    return {subject, names, std::string(precision_name(storage)), options.batch_size,
            time_flow(network, some_images(options, model), slots, options.runs)};
}

Row measure(const LatencyOptions& options, const Subject& subject, graph::PlannedDevice& device) {
    const graph::ModelConfig& model = subject.model;
    CompileProgress compile(options.common.quiet);
    const graph::DType storage = announced_storage_type(
        options.common, {&device}, precision_key(model, work_of("inference", options.batch_size)));
    infer::Inference network(device, model,
                             {.batch_size = options.batch_size,
                              .precision = storage,
                              .profile = options.profile,
                              .compile_progress = compile.callback()});
    Row row{subject, device.description(), std::string(precision_name(storage)), options.batch_size,
            time_runs(network, some_images(options, model), options.runs)};
    if (options.profile) print_profile(network);
    return row;
}

std::vector<std::string> names_of(const std::vector<graph::Model>& models) {
    std::vector<std::string> names;
    for (const graph::Model& model : models)
        names.push_back(model.name());
    return names;
}

// Returns what --models lists, in its order: "all" is every network with a name, "common" those that torchvision
// and TensorFlow have.
std::vector<std::string> listed_models(const std::string& list) {
    std::vector<std::string> items;
    for (const std::string& item : split_list(list)) {
        if (item.empty())
            throw UsageError(fmt::format("--models {}: a name is missing between commas", list));
        std::vector<std::string> names{item};
        if (item == "all") names = names_of(graph::models());
        if (item == "common") names = names_of(graph::common_models());
        items.insert(items.end(), names.begin(), names.end());
    }
    return items;
}

bool names_weights(const std::string& item) {
    std::error_code none;
    return graph::find_model(item) == nullptr && !item.ends_with(".yaml") && !item.ends_with(".yml") &&
           std::filesystem::exists(item, none);
}

// Returns whether what is meant is a file: no network's name has a folder or a weights file's ending.
bool names_a_file(const std::string& item) {
    const std::filesystem::path path = item;
    const std::string end = path.extension().string();
    return path.has_parent_path() ||
           (!end.empty() &&
            std::ranges::any_of(graph::weight_formats(), [&](const graph::WeightFormat& format) {
                return format.extension == end || format.also == end;
            }));
}

// Throws UsageError for weights that are not there, and where widths are of none of what is timed.
void refuse_lists(const LatencyOptions& options, const std::vector<std::string>& models) {
    for (const std::string& item : models)
        if (!item.empty() && names_a_file(item) && !std::filesystem::exists(item))
            throw UsageError(fmt::format("--models: there is no file {}", item));
    if (!options.widths.empty() && std::ranges::all_of(models, names_weights))
        throw UsageError("--widths is for networks with a name, and weights have their own: leave it away");
}

// Throws UsageError for one of a kind beside several, of which it would be none.
void refuse_one_beside_several(const LatencyOptions& options) {
    for (const auto& [one, several, is_given] : {std::tuple{"model", "--models", !options.models.empty()},
                                                 {"width", "--widths", !options.widths.empty()}})
        if (is_given && !options.model.given.at(one).empty())
            throw UsageError(fmt::format("--{} and {} both say what to time: give one", one, several));
}

// Returns models times widths. Each is resolved on its own, so that what is not given is that model's default. Weights
// have the width that they have.
std::vector<Subject> subjects_of(const LatencyOptions& options) {
    refuse_one_beside_several(options);
    std::vector<std::string> widths{""};
    if (!options.widths.empty()) {
        widths.clear();
        for (const double width : parse_numbers(options.widths, "--widths"))
            widths.push_back(fmt::format("{}", width));
    }
    std::vector<std::string> models{""};
    if (!options.models.empty()) models = listed_models(options.models);
    refuse_lists(options, models);
    std::vector<Subject> subjects;
    for (const std::string& item : models) {
        ModelArguments arguments = options.model;
        std::optional<graph::ModelConfig> from_weights;
        const bool weights = !item.empty() && names_weights(item);
        if (weights)
            from_weights = read_weights(item, arguments, options.common.quiet).config;
        else if (!item.empty())
            arguments.given["model"] = item;
        for (const std::string& width : weights ? std::vector<std::string>{""} : widths) {
            if (!width.empty()) arguments.given["width"] = width;
            try {
                subjects.push_back({arguments.resolve(from_weights), weights ? item : ""});
            } catch (const UsageError& error) {
                if (item.empty()) throw;
                throw UsageError(fmt::format("{}: {}", item, error.what()));
            }
        }
    }
    return subjects;
}

int latency(const LatencyOptions& options) {
    if (options.staged && options.profile)
        throw UsageError("--profile times one device's kernels: leave --placement pipeline away");
    const std::vector<Subject> subjects = subjects_of(options);
    const OpenDevices open =
        open_tuned(options.common, options.tune,
                   [&](const OpenDevices&, size_t, graph::DType storage) {
                       std::vector<Workload> workloads;
                       for (const Subject& subject : subjects)
                           workloads.push_back(inference_workload(
                               fmt::format("{}, batches of {}", subject.name(), options.batch_size),
                               subject.model, options.batch_size, storage));
                       return workloads;
                   },
                   {.plan = {.profile = options.profile}});
    nlohmann::json json = nlohmann::json::array();
    const auto tell = [&](const Row& row) {
        if (options.common.json)
            json.push_back(to_json(row));
        else
            print(row);
    };
    for (const Subject& subject : subjects) {
        if (options.staged && open.devices.size() > 1) {
            tell(measure_stages(options, subject, open.pointers()));
            continue;
        }
        for (graph::PlannedDevice* device : open.pointers())
            tell(measure(options, subject, *device));
    }
    if (options.common.json) print_json(json, 2);
    return 0;
}

}  // namespace

Run latency_command(CLI::App& app) {
    const auto options = std::make_shared<LatencyOptions>();
    options->common.add(app);
    options->model.add(app);
    app.add_option(
        "--models", options->models,
        "several, with commas: names, YAML files, weights; common: torchvision's and TensorFlow's; all: every "
        "network with a name");
    app.add_option("--widths", options->widths, "several widths: 1,0.75,0.5");
    app.add_option("--batch-size", options->batch_size, "images a run")
        ->check(batch_sizes())
        ->capture_default_str();
    app.add_option("--runs", options->runs, "how many runs are timed (default: for two seconds)")
        ->check(positive_number());
    app.add_flag("--profile", options->profile, "time of every kernel, on stderr");
    add_placement_option(app, options->staged);
    add_tune_option(app, options->tune);
    return [options] { return latency(*options); };
}

}  // namespace vkm::apps
