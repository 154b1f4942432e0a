// vkmbv3-bench: what a device can do for convolutional training, kernel by kernel (docs/benchmarks.md).
#include <base/quantile.h>
#include <base/version.h>
#include <bench/suite.h>
#include <bench/timed_list.h>
#include <benchmark/benchmark.h>
#include <engine/cache/tuning_file.h>
#include <graph/models/model_config.h>
#include <CLI/CLI.hpp>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <optional>
#include <regex>
#include <span>

namespace {

using namespace vkm;

struct Options {
    bench::SuiteOptions suite;
    std::optional<uint32_t> device;
    graph::KernelOptions kernels;
    std::string sharing;
    bool list = false, untuned = false;
    std::string json;
    std::vector<std::string> models{"mobilenet_v3_large", "mobilenet_v3_small", "mobilenet_v2", "odd",
                                    "optimizers"};
    std::vector<std::string> precisions{"fp32", "fp16"}, parts{"peaks", "kernels", "models"};
};

void print_peaks(const bench::Peaks& p) {
    fmt::print(
        "copy {:.1f} GB/s, read {:.1f}, write {:.1f}; fp32 {:.0f} GFLOP/s{}{}; launch {:.2f} us, barrier "
        "{:.2f}, submit {:.1f}\n",
        p.copy_gbps, p.read_gbps, p.write_gbps, p.fp32_gflops,
        p.fp16_gflops ? fmt::format(", fp16 {:.0f}", *p.fp16_gflops) : "",
        p.matrix.gflops ? fmt::format(", cooperative matrices of {} {:.0f}", p.matrix.shape, *p.matrix.gflops)
                        : "",
        p.launch_us, p.barrier_us, p.submit_us);
    if (!p.matrix.absent.empty()) fmt::print("matrix units not measured: {}\n", p.matrix.absent);
}

bool has(const std::vector<std::string>& list, std::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

// Writes beside the file and moves into place, so that a broken run leaves no half a document.
void write_json(const std::string& path, const nlohmann::json& document) {
    if (path == "-") {
        fmt::print("{}\n", vkm::bench::to_text(document));
        return;
    }
    const std::string part = path + ".part";
    std::ofstream file(part);
    file << vkm::bench::to_text(document) << '\n';
    file.close();
    if (!file || std::rename(part.c_str(), path.c_str()) != 0)
        throw Error("cannot write {}: check the folder and the space on its disk", path);
}

constexpr std::pair<const char*, graph::Sharing> sharings[] = {
    {"shared_memory", graph::Sharing::shared_memory},
    {"shuffle", graph::Sharing::shuffle},
    {"direct", graph::Sharing::direct},
    {"cooperative_matrix", graph::Sharing::cooperative_matrix}};

int run(Options& options) {
    for (const auto& [word, sharing] : sharings)
        if (options.sharing == word) options.kernels.sharing = sharing;
    if (options.kernels.sharing == graph::Sharing::cooperative_matrix)
        options.kernels = graph::on_matrix_units(options.kernels);
    options.suite.selection.models = options.models;
    options.suite.selection.precisions.clear();
    if (has(options.precisions, "fp32")) options.suite.selection.precisions.push_back(graph::DType::f32);
    if (has(options.precisions, "fp16")) options.suite.selection.precisions.push_back(graph::DType::f16);
    options.suite.peaks = has(options.parts, "peaks");
    options.suite.kernels = has(options.parts, "kernels");
    options.suite.models = has(options.parts, "models");

    const engine::Instance instance;
    const uint32_t index = options.device ? *options.device : instance.default_device();
    // What is asked for is not what was tuned.
    if (!options.kernels.sharing && !options.untuned && index < instance.devices().size())
        options.kernels.tuning = engine::load_tuning(instance.devices()[index]);
    const auto device = graph::open_device(instance, index, {.kernels = options.kernels});
    if (options.list) {
        for (const std::string& name : bench::list_benchmarks(*device, options.suite))
            fmt::print("{}\n", name);
        return 0;
    }
    if (!options.suite.quiet) fmt::print(stderr, "{}\n", device->description());
    benchmark::AddCustomContext("device", device->description());
    std::function<void(const bench::Results&)> so_far;
    if (!options.json.empty() && options.json != "-")
        so_far = [&](const bench::Results& some) { write_json(options.json, to_json(some, *device)); };
    const bench::Results results = bench::run_suite(*device, options.suite, so_far);
    if (!options.json.empty()) write_json(options.json, to_json(results, *device));
    if (options.json != "-" && !options.suite.google_report) {
        if (results.peaks) print_peaks(*results.peaks);
        for (const bench::ModelResult& model : results.models)
            if (!model.wall_us.empty())
                fmt::print("{}: {:.2f} ms, {:.1f} images/s; kernels {:.2f} ms\n", model.name,
                           median(model.wall_us) / 1000,
                           static_cast<double>(model.batch) / median(model.wall_us) * 1e6,
                           model.kernels_us / 1000);
    }
    size_t failed = results.failures.size();
    for (const bench::KernelResult& kernel : results.kernels)
        if (!kernel.failure.empty()) {
            ++failed;
            fmt::print(stderr, "{}: {}\n", kernel.name, kernel.failure);
        }
    for (const bench::ModelResult& model : results.models)
        if (!model.failure.empty()) {
            ++failed;
            fmt::print(stderr, "{}: {}\n", model.name, model.failure);
        }
    if (results.unfinished > 0)
        fmt::print(stderr, "{} benchmarks did not run: no {} was left\n", results.unfinished,
                   results.failures.empty() ? "time (--minutes)" : "device or time");
    for (const std::string& failure : results.failures)
        fmt::print(stderr, "{}\n", failure);
    if (results.noise > bench::most_noise)
        fmt::print(stderr,
                   "this machine is noisy: the same work took {:.0f} % more or less time during the run\n",
                   100 * results.noise);
    return failed == 0 ? 0 : 1;
}

// Takes Google Benchmark's own options out of the arguments. Reports, files and repetitions are its business;
// which benchmarks run is the suite's.
std::vector<char*> without_google_options(std::span<char* const> arguments, Options& options) {
    std::vector<char*> ours, theirs{arguments.front()};
    for (char* const argument : arguments) {
        const std::string_view text = argument;
        const auto value_of = [&](std::string_view name) -> std::optional<std::string> {
            if (!text.starts_with(name)) return {};
            return std::string(text.substr(name.size()));
        };
        if (const auto filter = value_of("--benchmark_filter="))
            options.suite.filter = *filter;
        else if (text == "--benchmark_list_tests" || text == "--benchmark_list_tests=true")
            options.list = true;
        else if (text.starts_with("--benchmark_"))
            theirs.push_back(argument);
        else
            ours.push_back(argument);
    }
    options.suite.google_report = theirs.size() > 1;
    int count = static_cast<int>(theirs.size());
    benchmark::Initialize(&count, theirs.data());
    if (count > 1) throw CLI::ExtrasError(std::vector<std::string>{theirs.at(1)});
    return ours;
}

CLI::Validator regular_expression() {
    return {[](std::string& text) -> std::string {
                try {
                    std::regex{text};
                    return {};
                } catch (const std::regex_error& error) {
                    return fmt::format("'{}' is no regular expression: {}", text, error.what());
                }
            },
            "REGEX"};
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Measures every kernel of MobileNet training and inference on a Vulkan device.",
                 "vkmbv3-bench");
    app.footer(
        "Google Benchmark's options report to the tools that read its output: "
        "--benchmark_format=console|json|csv,\n"
        "--benchmark_out=FILE, --benchmark_out_format=…, --benchmark_repetitions=N, "
        "--benchmark_filter=REGEX …");
    app.set_version_flag("--version", std::string(vkm::version()));
    app.add_option("--device", options.device,
                   "index, as `vkmbv3 devices` prints it (default: the fastest kind)");
    app.add_option("--filter", options.suite.filter,
                   "only benchmarks whose name the regular expression finds")
        ->check(regular_expression());
    app.add_option("--json", options.json, "write the measurements to this file, or - for the output");
    app.add_flag("--list", options.list, "print the names and measure nothing");
    app.add_option("--models", options.models,
                   "networks the layers are taken from; odd: odd sizes; optimizers: all updates")
        ->delimiter(',')
        ->check(
            CLI::IsMember({"mobilenet_v3_large", "mobilenet_v3_small", "mobilenet_v2", "odd", "optimizers"}))
        ->capture_default_str();
    app.add_option("--batch", options.suite.selection.batches, "batch sizes")
        ->delimiter(',')
        ->check(CLI::Range(int64_t{1}, int64_t{1} << 16))
        ->capture_default_str();
    app.add_option("--precision", options.precisions, "fp32, fp16")
        ->delimiter(',')
        ->check(CLI::IsMember({"fp32", "fp16"}))
        ->capture_default_str();
    app.add_option("--parts", options.parts, "peaks, kernels, models")
        ->delimiter(',')
        ->check(CLI::IsMember({"peaks", "kernels", "models"}))
        ->capture_default_str();
    app.add_option("--sharing", options.sharing,
                   "how matrix products share their operands (default: what the device's plan says): "
                   "shared_memory, shuffle, direct, cooperative_matrix (fp16 only)")
        ->check(CLI::IsMember({"shared_memory", "shuffle", "direct", "cooperative_matrix"}));
    app.add_option("--samples", options.suite.samples, "timed submissions of a benchmark")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    app.add_option("--least-ms", options.suite.least_ms,
                   "a submission repeats its kernel until it lasts so long")
        ->check(CLI::Range(0.1, 10000.0))
        ->capture_default_str();
    app.add_option("--minutes", options.suite.minutes, "start no benchmark after so long")
        ->check(CLI::PositiveNumber);
    app.add_flag("!--no-fuse", options.suite.selection.fuse, "train as with `vkmbv3 train --no-fuse`");
    app.add_flag("--untuned", options.untuned, "with the plan's defaults, whatever `vkmbv3 tune` has found");
    app.add_flag("--quiet", options.suite.quiet, "no progress");
    try {
        const std::vector<char*> ours = without_google_options({argv, static_cast<size_t>(argc)}, options);
        app.parse(static_cast<int>(ours.size()), ours.data());
        return run(options);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    } catch (const std::exception& error) {
        fmt::print(stderr, "error: {}\n", error.what());
        return 1;
    }
}
