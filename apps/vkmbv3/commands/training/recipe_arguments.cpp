#include "commands/training/recipe_arguments.h"

#include "cli/config_file.h"
#include "cli/usage_error.h"
#include "commands/training/mindcv_config.h"
#include "commands/training/schedule_options.h"

#include <train/optimizers.h>
#include <train/recipe_file.h>

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace vkm::apps {
namespace {

using Names = std::vector<std::string>;

// Returns an optimizer's own options, learning rate and weight decay included: another optimizer's mean
// other numbers.
Names of_optimizers() {
    std::set<std::string> names{"lr", "betas"};
    for (const train::OptimizerRow& row : train::optimizers())
        for (const train::OptimizerOption& option : row.options)
            names.emplace(option.name);
    return {names.begin(), names.end()};
}

// Says which options a choice of the command line takes the meaning of. Dropout, input size and normalisation
// are kept with another model: they are the recipe's.
const std::vector<Choice>& choices() {
    static const Names augmenting{"augment", "scale",   "ratio",        "train-interpolation",
                                  "hflip",   "vflip",   "aa",           "reprob",
                                  "remode",  "recount", "repeated-aug", "color-jitter"};
    static const std::vector<Choice> all{
        {.option = "optimizer", .others = of_optimizers()},
        {.option = "scheduler", .others = ScheduleArguments::of_some_schedules()},
        {.option = "model",
         .others = {"width", "head", "padding", "se-order", "bn-eps", "bn-momentum", "stem-stride",
                    "block1-stride"}},
        {.option = "augment", .off = "none", .others = augmenting},
        {.option = "no-augment", .off = "true", .others = augmenting},
        {.option = "augment", .off = "crop-pad4", .others = {"scale", "ratio"}},
        {.option = "reprob", .off = "0", .others = {"remode", "recount"}},
        {.option = "ema-decay",
         .off = "0",
         .others = {"ema-warmup", "ema-start-step", "ema-every", "ema-buffers", "best-by"}},
        {.option = "data", .others = {"val-data", "val-split", "val-least", "class-order"}},
        {.option = "precision", .off = "fp32", .others = {"loss-scale"}},
        {.option = "warmup-epochs", .off = "0", .others = {"warmup-factor", "warmup-lr", "warmup-prefix"}},
        {.option = "warmup-epochs", .others = {"warmup-steps"}},
        {.option = "warmup-steps", .others = {"warmup-epochs"}},
        {.option = "warmup-factor", .others = {"warmup-lr"}},
        {.option = "warmup-lr", .others = {"warmup-factor"}},
    };
    return all;
}

// Returns those that hold for a run's own config.yaml, too: nobody can leave its options away, and they would be
// refused beside what the command line chooses.
const std::vector<Choice>& choices_of_runs() {
    static const std::vector<Choice> some = [] {
        const std::set<std::string> options{"optimizer",     "augment",      "no-augment",    "reprob",
                                            "warmup-epochs", "warmup-steps", "warmup-factor", "warmup-lr"};
        std::vector<Choice> found;
        std::ranges::copy_if(choices(), std::back_inserter(found),
                             [&](const Choice& choice) { return options.contains(choice.option); });
        return found;
    }();
    return some;
}

// Returns those that hold for a file of --config, whose options can be left away where they contradict: an option that
// is another way to say one of the file's.
const std::vector<Choice>& choices_of_files() {
    static const std::vector<Choice> some{{.option = "no-augment", .off = "true", .others = {"augment"}}};
    return some;
}

std::string listing() {
    const std::vector<train::RecipeFile>& files = train::recipe_files();
    const auto longer = [](const auto& a, const auto& b) { return a.name.size() < b.name.size(); };
    const size_t width = std::ranges::max_element(files, longer)->name.size();
    std::string text;
    for (const train::RecipeFile& file : files)
        text += fmt::format("{}{:<{}}  {}", text.empty() ? "" : "\n", file.name, width, file.summary());
    return text;
}

std::string listing_as_json() {
    nlohmann::json list = nlohmann::json::array();
    for (const train::RecipeFile& file : train::recipe_files())
        list.push_back({{"name", file.name}, {"about", file.summary()}});
    return list.dump();
}

void add_recipe(GivenOptions& given, const std::string& name) {
    if (name == "list") throw CLI::CallForVersion(given.has("json") ? listing_as_json() : listing(), 0);
    if (given.has("resume"))
        throw UsageError(fmt::format(
            "--recipe {} says how a run starts, and --resume goes on as its config.yaml says: leave one of them away",
            name));
    try {
        const train::RecipeFile& file = train::recipe_file(name);
        const std::string source = fmt::format("the recipe {}", name);
        const Names left_out = given.add(parse_config(std::string(file.text), source), source, choices());
        if (!left_out.empty() && !given.has("quiet"))
            spdlog::info("left out of {} because other options choose otherwise: {}", source,
                         fmt::join(left_out, ", "));
    } catch (const train::RecipeError& error) {
        throw UsageError(error.what());
    }
}

}  // namespace

CLI::Option* add_recipe_option(CLI::App& app, std::string& given, std::string& earlier) {
    app.add_option(std::string("--") + earlier_recipe_option, earlier)->group("");
    return app
        .add_option("--recipe", given,
                    "options as a published program has them, see docs/recipes.md; those given here win. "
                    "`--recipe list` names them")
        ->type_name("NAME|list");
}

std::vector<std::string> with_recipe(std::vector<std::string> arguments, const CLI::App& command) {
    if (command.get_option_no_throw("--recipe") == nullptr)
        return with_config_file(std::move(arguments), command);
    GivenOptions given(std::move(arguments), command);
    bool is_mindcvs = false;
    if (given.has("config")) {
        const std::string file = given.value("config").value_or("");
        const OptionValues values = read_config(file);
        is_mindcvs = is_mindcv_config(values, command);
        if (is_mindcvs)
            given.add(from_mindcv(values, file, given), file, choices());
        else
            given.add(values, file, choices_of_files());
    }
    // Beside a file, too: what neither says is as it was.
    if (const std::string file = configuration_of_run(given); !file.empty())
        given.add(read_config(file), file, choices_of_runs());
    if (const auto folder = given.value("data-dir"); folder && !is_mindcvs)
        throw UsageError(fmt::format(
            "--data-dir {0} names the images of a configuration of MindCV's: say --data imagefolder:{0}",
            *folder));
    if (const auto recipe = given.value("recipe")) add_recipe(given, *recipe);
    return given.arguments();
}

}  // namespace vkm::apps
