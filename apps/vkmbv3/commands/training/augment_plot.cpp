#include "commands/training/augment_plot.h"

#include "cli/png_file.h"
#include "commands/training/data_options.h"
#include "commands/training/seen_images.h"
#include "commands/training/train_arguments.h"

#include <draw/contact_sheet.h>
#include <train/data/dataset_kinds.h>
#include <train/evaluator.h>
#include <train/training_loading.h>

#include <fmt/core.h>

#include <algorithm>

namespace vkm::apps {
namespace {

using Images = std::vector<image::Image>;

/// Returns the first images of a data set as a network sees them in an epoch, or in evaluation.
Images seen(graph::PlannedDevice& device, const graph::ModelConfig& model,
            const std::shared_ptr<const train::Dataset>& data, train::LoaderOptions loading) {
    loading.shuffle = false;
    return seen_images(device, model, data, loading);
}

}  // namespace

void AugmentPlot::add(CLI::App& app) {
    app_ = &app;
    model_.add(app);
    app.add_option("--data", data_, data_help())
        ->check(data_specification())
        ->capture_default_str()
        ->group("Augmentation");
    augment_.add(app, "Augmentation");
    app.add_option("--images", images_, "rows of the sheet, an image each")
        ->check(CLI::Range(1, 100))
        ->capture_default_str()
        ->group("Augmentation");
    app.add_option("--views", views_, "how often each is augmented")
        ->check(CLI::Range(1, 100))
        ->capture_default_str()
        ->group("Augmentation");
}

bool AugmentPlot::wanted() const {
    const auto options = app_->get_options();
    return std::ranges::any_of(options, [](const CLI::Option* option) {
        return option->get_group() == "Augmentation" && option->count() > 0;
    });
}

void AugmentPlot::draw(const CommonOptions& common, const std::string& file) {
    graph::ModelConfig model = model_.resolve();
    if (model_.given.find("crop-pct")->second.empty() && model.input_size < small_images) model.crop_pct = 1;
    train::Recipe recipe;
    recipe.augmentation = augment_.resolve(model.input_size, small_images);
    recipe.augmentation.repeats = 1;
    recipe.seed = common.seed;
    train::DatasetOptions options;
    options.input_size = static_cast<int>(model.input_size);
    options.seed = common.seed;
    const auto data = train::open_dataset(data_, train::Split::train, options);
    recipe.batch_size = std::min<int64_t>(images_, static_cast<int64_t>(data->size()));
    const OpenDevices open = open_devices(common);
    graph::PlannedDevice& device = *open.devices.front();

    std::vector<Images> columns{
        seen(device, model, data, train::evaluation_loading(model, recipe.batch_size, 0))};
    for (int view = 0; view < views_; ++view) {
        train::LoaderOptions loading = train::training_loading(model, recipe);
        loading.epoch = view;
        columns.push_back(seen(device, model, data, loading));
    }
    std::vector<draw::Tile> tiles;
    for (size_t row = 0; row < columns.front().size(); ++row)
        for (size_t column = 0; column < columns.size(); ++column)
            tiles.push_back({columns[column].at(row),
                             {{column == 0 ? "evaluation" : fmt::format("epoch {}", column), {}}}});
    const image::Image sheet = draw::contact_sheet(tiles, {.columns = static_cast<int>(columns.size())});
    write_png(file, sheet);
}

}  // namespace vkm::apps
