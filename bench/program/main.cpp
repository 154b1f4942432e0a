// vkmbv3-bench: what a device can do for MobileNets, in one box, kernel by kernel, or for hours (docs/benchmarks.md).
#include "commands.h"

#include <base/atomic_file.h>
#include <base/error.h>
#include <base/interrupt.h>
#include <base/launch.h>
#include <base/version.h>
#include <bench/overview_formats.h>
#include <benchmark/benchmark.h>
#include <graph/models/model_config.h>
#include <CLI/CLI.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <regex>
#include <set>
#include <span>
#include <system_error>

namespace {

using namespace vkm;
using bench::ProgramOptions;

// Takes Google Benchmark's own options out of the arguments. Reports, files and repetitions are its business;
// which benchmarks run is the suite's.
std::vector<char*> without_google_options(std::span<char* const> arguments, ProgramOptions& options) {
    std::vector<char*> ours, theirs{arguments.front()};
    for (char* const argument : arguments) {
        const std::string_view text = argument;
        constexpr std::string_view filter = "--benchmark_filter=";
        if (text.starts_with(filter))
            options.suite.filter = text.substr(filter.size());
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

// Accepts a finite number above 0. CLI11's own takes nan, and writes out the largest number there is, in 309 digits.
CLI::Validator positive_number() {
    return {[](std::string& text) -> std::string {
                double value = 0;
                if (CLI::detail::lexical_cast(text, value) && std::isfinite(value) && value > 0) return {};
                return fmt::format("{} is not a number above 0", text);
            },
            "POSITIVE"};
}

// Accepts a number between these, which nan is not.
CLI::Validator number_between(double least, double most) {
    const std::string range = fmt::format("{} to {}", least, most);
    return {[=](std::string& text) -> std::string {
                double value = 0;
                if (CLI::detail::lexical_cast(text, value) && value >= least && value <= most) return {};
                return fmt::format("{} is not a number from {}", text, range);
            },
            range};
}

std::vector<std::string> format_names() {
    std::vector<std::string> names;
    for (const bench::OverviewFormat& format : bench::overview_formats())
        names.emplace_back(format.name);
    return names;
}

struct Modes {
    bool suite = false, describe = false;
};

void add_modes(CLI::App& app, ProgramOptions& options, Modes& modes) {
    auto* const group = app.add_option_group("Without any of these: the overview, one box to paste");
    auto* const suite =
        group->add_flag("--suite", modes.suite, "every kernel on every layer's shapes, and whole steps");
    auto* const stress =
        group
            ->add_option("--stress", options.stress_minutes,
                         "train for so many minutes and compare every pass with the first, bit for bit")
            ->check(positive_number())
            ->type_name("MIN");
    auto* const describe =
        group->add_flag("--describe", modes.describe, "say what each row measures, and why");
    suite->excludes(stress)->excludes(describe);
    stress->excludes(describe);
}

void add_common(CLI::App& app, ProgramOptions& options) {
    app.add_option("--device", options.device,
                   "index, as `vkmbv3 devices` prints it (default: the fastest kind)");
    app.add_option("--models", options.models,
                   "networks (default: V3-Large, V3-Small, V2); the suite also has odd: odd sizes, and "
                   "optimizers: all updates")
        ->delimiter(',')
        ->check([](const std::string& name) -> std::string {
            if (!bench::is_network(name)) return {};
            try {
                graph::model_config(name);
                return {};
            } catch (const Error& error) {
                return error.what();
            }
        });
    app.add_option("--input-size", options.suite.selection.input_size,
                   "of images (default: each network's own)")
        ->check(CLI::Range(int64_t{16}, int64_t{4096}));
    app.add_option("--json", options.json, "write the measurements to this file, or - for the output");
    app.add_option("--filter", options.suite.filter, "only what has a name that the regular expression finds")
        ->check(regular_expression());
    app.add_flag("--list", options.list, "print the names and measure nothing");
    app.add_option("--sharing", options.sharing,
                   "how matrix products share their operands (default: what the device's plan says): "
                   "shared_memory, shuffle, direct, cooperative_matrix (fp16 only)")
        ->check(CLI::IsMember({"shared_memory", "shuffle", "direct", "cooperative_matrix"}));
    app.add_flag("--untuned", options.untuned, "with the plan's defaults, whatever `vkmbv3 tune` has found");
    app.add_option("--samples", options.suite.samples, "timings of a benchmark")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    app.add_option(
           "--least-ms", options.least_ms,
           "how long a timing lasts at least (default: 200; in the suite 20 of a kernel and 200 of a network)")
        ->check(number_between(0.1, 10000));
    app.add_flag("--quiet", options.suite.quiet, "no progress");
}

// Options of one mode, refused in another, so that none is taken and does nothing.
struct ModeOptions {
    std::vector<CLI::Option*> overview, suite, suite_or_stress, stress;
};

ModeOptions add_mode_options(CLI::App& app, ProgramOptions& options) {
    ModeOptions of;
    of.overview = {
        app.add_option("--time", options.time, "seconds that the overview may take, from start to end")
            ->check(number_between(1, 86400))
            ->capture_default_str(),
        app.add_option("--format", options.format, "of the overview: box, json, csv, markdown")
            ->check(CLI::IsMember(format_names()))
            ->capture_default_str()};
    of.suite_or_stress = {app.add_option("--batch", options.suite.selection.batches,
                                         "batch sizes (--stress: one, 32 unless given)")
                              ->delimiter(',')
                              ->check(CLI::Range(int64_t{1}, int64_t{1} << 16))
                              ->capture_default_str(),
                          app.add_option("--precision", options.precisions,
                                         "fp32, fp16 (--stress: fp32 unless fp16 alone is given)")
                              ->delimiter(',')
                              ->check(CLI::IsMember({"fp32", "fp16"}))
                              ->capture_default_str()};
    of.suite = {
        app.add_option("--parts", options.parts, "peaks, kernels, models")
            ->delimiter(',')
            ->check(CLI::IsMember({"peaks", "kernels", "models"}))
            ->capture_default_str(),
        app.add_option("--minutes", options.suite.minutes, "start no benchmark after so long")
            ->check(positive_number()),
        app.add_flag("!--no-fuse", options.suite.selection.fuse, "train as with `vkmbv3 train --no-fuse`")};
    of.stress = {
        app.add_option("--chart", options.chart, "write the throughput over time to this file, FILE.svg")
            ->check([](const std::string& file) -> std::string {
                if (std::filesystem::path(file).extension() == ".svg") return {};
                return fmt::format("{}: the picture is an SVG: give FILE.svg", file);
            })};
    return of;
}

void refuse_others(const CLI::App& app, const ModeOptions& of, const ProgramOptions& options,
                   const Modes& modes) {
    const bool stress = options.stress_minutes > 0;
    const auto refuse = [](const std::vector<CLI::Option*>& list, bool fits, const char* where) {
        for (const CLI::Option* option : list)
            if (!fits && option->count() > 0)
                throw CLI::ValidationError(option->get_name(), fmt::format("is an option of {}", where));
    };
    refuse(of.overview, !stress && !modes.suite, "the overview, without --suite and --stress");
    refuse(of.suite, modes.suite, "--suite");
    refuse(of.suite_or_stress, modes.suite || stress, "--suite and --stress");
    refuse(of.stress, stress, "--stress");
    const auto refuse_named = [&app](std::initializer_list<const char*> names, const char* because) {
        for (const char* name : names)
            if (app.get_option(name)->count() > 0) throw CLI::ValidationError(name, because);
    };
    if (stress)
        refuse_named({"--json", "--filter", "--list", "--samples", "--least-ms"},
                     "is an option of the overview and --suite");
    if (stress && (options.models.size() > 1 || app.get_option("--batch")->count() > 1))
        throw CLI::ValidationError("--stress", "trains one network at one batch size: give one of each");
    if (modes.describe)
        refuse_named({"--device", "--json", "--list", "--sharing", "--untuned", "--samples", "--least-ms",
                      "--time", "--format"},
                     "says how to measure, and --describe measures nothing");
    if (options.json == "-") {
        refuse_named({"--format"},
                     "and --json - both write to the output: give --json a file, or leave one away");
        if (options.suite.google_report)
            throw CLI::ValidationError(
                "--json",
                "- and --benchmark_… both write to the output: give --json a file, or leave one away");
    }
    if (options.suite.google_report)
        refuse_named({"--format"}, "and --benchmark_… both say what the output is: leave one away");
    if (std::set<std::string>(options.models.begin(), options.models.end()).size() < options.models.size())
        throw CLI::ValidationError("--models", "names a network twice");
    if (!modes.suite && std::ranges::any_of(options.models, [](auto& m) { return !bench::is_network(m); }))
        throw CLI::ValidationError("--models", "odd and optimizers are of --suite");
}

// Throws FileError for a file that cannot be written: before measuring, which takes minutes.
void refuse_unwritable(std::initializer_list<std::string> files) {
    for (const std::string& file : files)
        if (!file.empty() && file != "-") AtomicFile{file};
}

// Throws ParseError where a launcher has started several: each would measure while the others disturb it.
void refuse_several() {
    const std::string refusal = refusal_of_several(launch_of_this(), "vkmbv3-bench");
    if (!refusal.empty()) throw CLI::ParseError(refusal, CLI::ExitCodes::ValidationError);
}

// Returns the exit status: that of a failure where the output did not take all that was printed, which is buffered.
int finished(int status) {
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
    fmt::print(stderr, "error: the output cannot be written ({}): check the disk, or write elsewhere\n",
               std::generic_category().message(errno));
    return status == 0 ? 1 : status;
}

}  // namespace

int main(int argc, char** argv) {
    ProgramOptions options;
    Modes modes;
    CLI::App app("Measures training and inference of MobileNets on a Vulkan device.", "vkmbv3-bench");
    app.allow_windows_style_options(false);  // "/data" is a folder, there too
    app.footer(
        "Google Benchmark's options report to the tools that read its output: "
        "--benchmark_format=console|json|csv,\n"
        "--benchmark_out=FILE, --benchmark_out_format=…, --benchmark_repetitions=N, "
        "--benchmark_filter=REGEX …");
    app.set_version_flag("--version", std::string(vkm::version()));
    add_modes(app, options, modes);
    add_common(app, options);
    const ModeOptions of = add_mode_options(app, options);
    try {
        const std::vector<char*> ours = without_google_options({argv, static_cast<size_t>(argc)}, options);
        app.parse(static_cast<int>(ours.size()), ours.data());
        refuse_others(app, of, options, modes);
        if (!modes.describe && !options.list) refuse_several();
        if (!options.list) refuse_unwritable({options.json, options.chart});
        options.interrupted = &watch_for_interrupt();
        if (modes.describe) return finished(bench::describe_command(options));
        if (modes.suite) return finished(bench::suite_command(options));
        return finished(options.stress_minutes > 0 ? bench::stress_command(options)
                                                   : bench::overview_command(options));
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    } catch (const std::exception& error) {
        fmt::print(stderr, "error: {}\n", error.what());
        return 1;
    }
}
