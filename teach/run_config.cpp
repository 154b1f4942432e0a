#include <teach/run_config.h>

#include <nlohmann/json.hpp>

#include <map>

namespace vkm::teach {
namespace {

// Returns text as YAML reads it back: JSON's strings are YAML's.
std::string quoted(const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string run_config(const train::TrainerOptions& options, const Lesson& lesson, const RunOrigin& origin) {
    const train::Recipe& recipe = options.recipe;
    std::map<std::string, std::string> entries;
    for (const auto& [name, value] : graph::to_options(options.model))
        entries[name] = quoted(value);
    entries["data"] = quoted("imagefolder:" + origin.pictures.string());
    entries["val-split"] = fmt::format("{}", lesson.held_out);
    entries["val-least"] = std::to_string(held_out_of_each);
    entries["seed"] = std::to_string(recipe.seed);
    entries["device"] = quoted(std::to_string(origin.device));
    entries["precision"] = options.storage == graph::DType::f16 ? "amp" : "fp32";
    entries["epochs"] = std::to_string(recipe.epochs);
    entries["batch-size"] = quoted(std::to_string(recipe.batch_size));
    entries["optimizer"] = recipe.optimizer.name;
    for (const auto& [name, value] : recipe.optimizer.hyperparameters)
        entries[name] = fmt::format("{}", value);
    entries["lr"] = fmt::format("{}", options.learning_rate.base);
    entries["scheduler"] = train::decay_name(options.learning_rate.decay);
    entries["freeze"] = quoted(frozen_words(lesson.reach, options.model));
    entries["cache-features"] = std::to_string(recipe.feature_draws);
    entries["label-smoothing"] = fmt::format("{}", recipe.label_smoothing);
    entries["augment"] = "random-resized-crop";
    entries["scale"] = fmt::format("[{}, {}]", recipe.augmentation.scale[0], recipe.augmentation.scale[1]);
    entries["hflip"] = fmt::format("{}", recipe.augmentation.flip);
    entries["best-by"] = train::best_by_name(options.keeping.best_by);
    entries["log-every"] = std::to_string(options.log_every);
    std::string text;
    for (const auto& [name, value] : entries)
        text += fmt::format("{}: {}\n", name, value);
    return text;
}

}  // namespace vkm::teach
