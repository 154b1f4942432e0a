#include "commands/training/training_inputs.h"

#include "cli/usage_error.h"
#include "commands/training/data_options.h"

#include <base/text.h>
#include <train/class_weights.h>
#include <train/data/class_check.h>
#include <train/data/classes.h>
#include <train/data/dataset_kinds.h>

#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include <filesystem>

namespace vkm::apps {
namespace {

bool given(const TrainArguments& arguments, std::string_view option) {
    return !arguments.model.given.find(option)->second.empty();
}

train::DatasetOptions dataset_options(const TrainArguments& arguments, const graph::ModelConfig& model,
                                      int64_t classes) {
    train::DatasetOptions options;
    options.input_size = static_cast<int>(model.input_size);
    options.num_classes = static_cast<int>(classes);
    options.seed = arguments.common.seed;
    return options;
}

// Returns the data with the labels of the run that goes on.
std::shared_ptr<const train::Dataset> as_before(std::shared_ptr<const train::Dataset> data,
                                                const TrainArguments& arguments,
                                                const train::Position& before) {
    const std::filesystem::path weights = std::filesystem::path(arguments.resume) / "weights.safetensors";
    train::MatchedData matched =
        train::match_all_classes(std::move(data), arguments.data,
                                 {.owner = "the run in " + arguments.resume,
                                  .count = static_cast<int>(before.class_names.size()),
                                  .names = before.class_names,
                                  .otherwise = "start a new run with --init " + weights.string()});
    if (matched.renumbered && !arguments.common.quiet)
        spdlog::info("the classes of {} come in another order and are matched by name", arguments.data);
    return std::move(matched.data);
}

// Opens the data. The class count is the data's, unless the user gives it.
std::shared_ptr<const train::Dataset> open_data(const TrainArguments& arguments, graph::ModelConfig& model,
                                                const std::optional<train::Position>& before) {
    auto data = open_ordered(arguments.data, train::Split::train, dataset_options(arguments, model, 0),
                             arguments.class_order);
    if (before && !before->class_names.empty()) data = as_before(std::move(data), arguments, *before);
    const bool counted = !given(arguments, "num-classes");
    if (counted) model.num_classes = data->num_classes();
    const bool too_many = data->num_classes() > model.num_classes;
    train::check_classes(*data, counted || too_many);  // labels that begin with 1 look like a class too many
    if (too_many)
        throw UsageError(fmt::format("--num-classes {} is less than the data's {} classes", model.num_classes,
                                     data->num_classes()));
    return data;
}

// Opens the validation data, whose labels become numbers of the training data's classes.
std::shared_ptr<const train::Dataset> open_validation(const TrainArguments& arguments,
                                                      const graph::ModelConfig& model,
                                                      const train::Dataset& training) {
    if (arguments.val_data.empty() && !train::has_splits(arguments.data)) {
        if (!arguments.common.quiet)
            spdlog::info(
                "{} has no validation images, so nothing is validated: hold some back with --val-split "
                "0.2, or name others with --val-data",
                arguments.data);
        return nullptr;
    }
    const std::string& what = arguments.val_data.empty() ? arguments.data : arguments.val_data;
    auto data =
        train::open_dataset(what, train::Split::val, dataset_options(arguments, model, model.num_classes));
    const bool by_number = data->class_names().empty();
    train::MatchedData matched = train::match_classes(
        std::move(data), what,
        {.owner = "the training data",
         .count = by_number ? static_cast<int>(model.num_classes) : training.num_classes(),
         .names = training.class_names()});
    if (!matched.without_images.empty() && !arguments.common.quiet)
        spdlog::info("{} has no images of {}", what, a_few(matched.without_images));
    return std::move(matched.data);
}

// Opens the data in two parts, of which that for validation may be missing.
train::HeldBack split_data(const TrainArguments& arguments, graph::ModelConfig& model,
                           const std::optional<train::Position>& before) {
    arguments.held_back.check();
    const auto data = open_data(arguments, model, before);
    if (arguments.held_back.fraction == 0) return {data, open_validation(arguments, model, *data)};
    if (!arguments.val_data.empty())
        throw UsageError(
            "--val-data names the validation images and --val-split holds some of --data's back: use one of "
            "them");
    train::HeldBack parts = train::hold_back(data, arguments.held_back.with_seed(arguments.common.seed));
    if (!arguments.common.quiet)
        spdlog::info("--val-split {}: {} of {} images are held back for validation",
                     arguments.held_back.fraction, parts.validation->size(), data->size());
    return parts;
}

}  // namespace

graph::ModelConfig resolve_model(TrainArguments& arguments, const graph::ModelFile* init) {
    graph::ModelConfig model =
        arguments.model.resolve(init ? init->config : std::optional<graph::ModelConfig>());
    arguments.resolve(model.input_size);
    arguments.gradients.resolve(arguments.recipe, model);
    // Small images are used whole: enlarging 32 pixels to crop them again helps nobody.
    if (!given(arguments, "crop-pct") && model.input_size < small_images) model.crop_pct = 1;
    return model;
}

train::HeldBack open_training_data(TrainArguments& arguments, graph::ModelConfig& model,
                                   const std::optional<train::Position>& before) {
    train::HeldBack parts = split_data(arguments, model, before);
    if (const std::string& weights = arguments.loss.class_weights(); !weights.empty())
        arguments.recipe.loss.class_weights =
            train::class_weights(weights, *parts.training, model.num_classes);
    return parts;
}

}  // namespace vkm::apps
