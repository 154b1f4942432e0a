#include "cli/common_options.h"
#include "cli/file_names.h"
#include "cli/json_output.h"
#include "cli/png_file.h"
#include "cli/usage_error.h"
#include "commands/command.h"
#include "commands/training/augment_plot.h"
#include "commands/training/run_chart.h"

#include <base/atomic_file.h>
#include <draw/canvas.h>
#include <draw/svg.h>

#include <fmt/core.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include <array>
#include <filesystem>
#include <span>

namespace vkm::apps {
namespace {

namespace fs = std::filesystem;

constexpr double pixels_per_unit = 2;  // sharp on displays of 192 dots an inch

struct PlotOptions {
    CommonOptions common;
    AugmentPlot augment;
    std::vector<std::string> runs;
    std::string out, x = "step", loss_scale = "auto";
    double smoothing = 0.6;
};

NamedRun read_run(const std::string& name, bool quiet) {
    const fs::path path = name;
    const fs::path log = fs::is_directory(path) ? path / "metrics.jsonl" : path;
    std::string shown = path.lexically_normal().generic_string();
    if (shown.size() > 1 && shown.ends_with('/')) shown.pop_back();
    NamedRun run{shown, train::read_run_metrics(log)};
    if (run.metrics.damaged_lines > 0 && !quiet)
        spdlog::warn("{}: {} damaged lines are left out", log.string(), run.metrics.damaged_lines);
    return run;
}

// Returns the files to write: those of --out, or plot.png and plot.svg in a run's own directory, those of
// several runs in the current one.
std::vector<fs::path> files_of(const PlotOptions& options) {
    fs::path base = options.out;
    if (base.empty()) {
        const fs::path run = options.runs.front();
        base = options.runs.size() > 1 ? fs::path("plot")
                                       : (fs::is_directory(run) ? run : run.parent_path()) / "plot";
    } else if (fs::is_directory(base)) {
        base /= "plot";
    } else if (is_of_another_format(base)) {
        throw UsageError(fmt::format(
            "--out {}: plot writes PNG and SVG: give FILE.png, FILE.svg, or a name for both", base.string()));
    }
    const std::string extension = extension_of(base);
    if (extension == ".png" || extension == ".svg") return {base};
    return {base.string() + ".png", base.string() + ".svg"};
}

// Throws UsageError for the first of these options that is given.
void refuse_given(const CLI::App& app, std::span<const std::string> names, std::string_view because) {
    for (const std::string& name : names)
        if (app.get_option(name)->count() > 0) throw UsageError(fmt::format("{} {}", name, because));
}

int plot(const PlotOptions& options, const CLI::App& app) {
    std::vector<std::string> of_networks;
    for (const CLI::Option* option : app.get_options())
        if (option->get_group() == "Model") of_networks.push_back(option->get_name());
    refuse_given(app, of_networks,
                 "is of a network that --augment draws for: leave it away, or give --augment");
    RunChartOptions chart;
    chart.epochs = options.x == "epoch";
    chart.smoothing = options.smoothing;
    if (options.loss_scale != "auto")
        chart.loss = options.loss_scale == "log" ? draw::Scale::logarithmic : draw::Scale::linear;
    std::vector<NamedRun> runs;
    for (const std::string& name : options.runs) {
        runs.push_back(read_run(name, options.common.quiet));
        if (chart.epochs && runs.back().metrics.steps_per_epoch() == 0)
            throw Error("{}: no epoch is over yet; plot its steps, without --x epoch", name);
    }
    chart.title = runs.size() == 1 ? runs.front().name : fmt::format("{} runs", runs.size());
    const draw::Drawing drawing = draw_lines(run_chart(runs, chart));
    nlohmann::json files = nlohmann::json::array();
    for (const fs::path& file : files_of(options)) {
        if (file.has_parent_path()) fs::create_directories(file.parent_path());
        if (extension_of(file) == ".png")
            write_png(file, draw::pixels(drawing, pixels_per_unit));
        else
            write_atomically(file, draw::svg(drawing));
        files.push_back(file.string());
        if (!options.common.json) fmt::print("{}\n", file.string());
    }
    if (options.common.json) print_json({{"files", files}});
    return 0;
}

int plot_augmentation(PlotOptions& options, const CLI::App& app) {
    // Anything else would be replaced by the picture: a run's metrics.jsonl, for one.
    if (options.runs.size() != 1 || extension_of(options.runs.front()) != ".png")
        throw UsageError(
            "plot with --augment, or what goes with it, writes one file: name it OUT.png, and no runs");
    refuse_given(app, std::array<std::string, 4>{"--out", "--x", "--smooth", "--loss-axis"},
                 "is of the curves of runs, and --augment draws images: leave one of them away");
    const std::string& file = options.runs.front();
    options.augment.draw(options.common, file);
    if (options.common.json)
        print_json({{"files", nlohmann::json::array({file})}});
    else
        fmt::print("{}\n", file);
    return 0;
}

}  // namespace

Run plot_command(CLI::App& app) {
    const auto options = std::make_shared<PlotOptions>();
    options->common.add(app);
    app.add_option("RUN", options->runs,
                   "directories of runs, or their metrics.jsonl; with --augment the PNG to write")
        ->required();
    app.add_option(
        "--out", options->out,
        "FILE.png, FILE.svg, or a name for both (default: plot in the run's directory; of several runs, in "
        "the current one)");
    app.add_option("--x", options->x, "what the x axis counts")
        ->check(CLI::IsMember({"step", "epoch"}))
        ->capture_default_str();
    app.add_option("--smooth", options->smoothing, "of training curves, as TensorBoard's slider; 0: not")
        ->check(CLI::Range(0.0, 0.999))
        ->capture_default_str();
    app.add_option("--loss-axis", options->loss_scale, "of the loss; auto: log where losses differ much")
        ->check(CLI::IsMember({"auto", "linear", "log"}))
        ->capture_default_str();
    options->augment.add(app);
    return [options, &app] {
        return options->augment.wanted() ? plot_augmentation(*options, app) : plot(*options, app);
    };
}

}  // namespace vkm::apps
