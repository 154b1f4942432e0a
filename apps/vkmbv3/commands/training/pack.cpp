#include "cli/common_options.h"
#include "cli/json_output.h"
#include "cli/progress_bar.h"
#include "commands/command.h"
#include "commands/training/data_options.h"

#include <base/interrupt.h>
#include <train/data/classes.h>
#include <train/data/dataset_kinds.h>
#include <train/data/pack/write_pack.h>

#include <fmt/core.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

namespace vkm::apps {
namespace {

struct Arguments {
    CommonOptions common;
    std::string data, out, val_data, class_order;
    std::string interpolation = "bilinear", keep = "jpeg";
    train::PackOptions pack;
};

// Returns the parts of the data, with the same classes.
std::vector<train::PackSource> open_sources(const Arguments& o) {
    train::DatasetOptions options;
    options.seed = o.common.seed;
    std::vector<train::PackSource> sources{
        {train::Split::train, open_ordered(o.data, train::Split::train, options, o.class_order)}};
    if (o.val_data.empty() && !train::has_splits(o.data)) return sources;
    const std::string& what = o.val_data.empty() ? o.data : o.val_data;
    const train::Dataset& training = *sources.front().data;
    train::MatchedData matched = train::match_classes(
        train::open_dataset(what, train::Split::val, options), what,
        {.owner = "the training data", .count = training.num_classes(), .names = training.class_names()});
    sources.push_back({train::Split::val, std::move(matched.data)});
    return sources;
}

// Throws UsageError for what says how images are scaled where none is.
void refuse_without_scaling(const Arguments& o, const CLI::App& app) {
    const auto given = [&](const char* option) { return app.get_option(option)->count() > 0; };
    if (o.pack.short_side == 0)
        for (const char* option : {"--interpolation", "--quality"})
            if (given(option))
                throw UsageError(
                    fmt::format("{} says how images are scaled down: give --short-side N, too", option));
    if (o.keep == "raw" && given("--quality"))
        throw UsageError("--quality is that of JPEGs, and --keep raw writes pixels: leave one of them away");
}

int pack(Arguments& o, const CLI::App& app) {
    refuse_without_scaling(o, app);
    o.pack.seed = o.common.seed;
    o.pack.as = o.keep == "raw" ? train::PackedAs::raw : train::PackedAs::jpeg;
    o.pack.interpolation = o.interpolation == "bicubic" ? Interpolation::bicubic : Interpolation::bilinear;
    const std::vector<train::PackSource> sources = open_sources(o);
    std::optional<ProgressBar> bar;
    const auto progress = [&](int64_t done, int64_t total) {
        if (!bar)
            bar.emplace("images", static_cast<uint64_t>(total),
                        ProgressBar::Options{.quiet = o.common.quiet});
        bar->update(static_cast<uint64_t>(done));
    };
    const auto packed = train::write_pack(o.out, sources, o.pack, progress, watch_for_interrupt());
    bar.reset();
    if (!packed) return interrupt_status();
    if (packed->unreadable > 0)
        spdlog::warn("{} images could not be read and were left out", packed->unreadable);
    if (o.common.json)
        print_json({{"images", packed->images},
                    {"bytes", packed->bytes},
                    {"unreadable_images", packed->unreadable}});
    else
        fmt::print("{}: {} images, {:.1f} MB; train with --data pack:{}\n", o.out, packed->images,
                   1e-6 * static_cast<double>(packed->bytes), o.out);
    return 0;
}

}  // namespace

Run pack_command(CLI::App& app) {
    const auto o = std::make_shared<Arguments>();
    o->common.add(app);
    app.add_option("SPEC", o->data, "the data, as `train --data` takes them: " + data_help())
        ->check(data_specification())
        ->required();
    app.add_option("OUT", o->out, "the file to write; an older pack file there is replaced when all is done")
        ->required();
    app.add_option("--val-data", o->val_data, "default: the validation part of SPEC, where it has one")
        ->check(data_specification());
    app.add_option("--short-side", o->pack.short_side,
                   "scale images whose short side is longer down to so many pixels; 0: none")
        ->check(CLI::Range(0, 1 << 14))
        ->capture_default_str();
    app.add_option("--interpolation", o->interpolation, "of that scaling")
        ->check(CLI::IsMember({"bilinear", "bicubic"}))
        ->capture_default_str();
    app.add_option("--keep", o->keep,
                   "jpeg: files that need no scaling as they are, others as JPEG; raw: pixels, which are "
                   "larger and faster to read")
        ->check(CLI::IsMember({"jpeg", "raw"}))
        ->capture_default_str();
    app.add_option("--quality", o->pack.quality, "of the JPEGs that are written")
        ->check(CLI::Range(1, 100))
        ->capture_default_str();
    add_class_order(app, o->class_order);
    app.add_option("--workers", o->pack.workers, "threads; 0: one a core")
        ->check(worker_counts())
        ->capture_default_str();
    return [o, &app] { return pack(*o, app); };
}

}  // namespace vkm::apps
