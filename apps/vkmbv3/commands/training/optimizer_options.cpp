#include "commands/training/optimizer_options.h"

#include "cli/usage_error.h"

#include <train/optimizers.h>

#include <fmt/ranges.h>

#include <algorithm>

namespace vkm::apps {
namespace {

// Returns the defaults of the optimizers that have an option: "0 (sgd), 0.01 (adamw)".
template <typename Default>
std::string defaults_text(Default&& of) {
    std::vector<std::string> texts;
    for (const train::OptimizerRow& row : train::optimizers())
        if (const std::string text = of(row); !text.empty())
            texts.push_back(text + fmt::format(" ({})", row.name));
    return fmt::format("{}", fmt::join(texts, ", "));
}

std::string defaults_of(std::string_view name) {
    return defaults_text([&](const train::OptimizerRow& row) {
        const auto option = std::ranges::find(row.options, name, &train::OptimizerOption::name);
        return option == row.options.end() ? std::string() : fmt::format("{}", option->initial);
    });
}

}  // namespace

void OptimizerArguments::add(CLI::App& app, const std::string& group) {
    std::vector<std::string> names;
    for (const train::OptimizerRow& row : train::optimizers())
        names.emplace_back(row.name);
    app.add_option("--optimizer", name_, "how the weights are updated")
        ->check(CLI::IsMember(names))
        ->capture_default_str()
        ->group(group);
    options_["lr"] = app.add_option("--lr", learning_rate_,
                                    fmt::format("learning rate; default: {}",
                                                defaults_text([](const train::OptimizerRow& row) {
                                                    return fmt::format("{}", row.learning_rate);
                                                })))
                         ->check(CLI::NonNegativeNumber)
                         ->group(group);
    for (const train::OptimizerRow& row : train::optimizers())
        for (const train::OptimizerOption& option : row.options) {
            const std::string name(option.name);
            if (options_.contains(name)) continue;
            CLI::Option* const added =
                option.flag ? app.add_flag("--" + name, flags_[name],
                                           fmt::format("{} ({})", option.help, train::optimizers_with(name)))
                            : app.add_option("--" + name, numbers_[name],
                                             fmt::format("{}; default: {}", option.help, defaults_of(name)));
            options_[name] = added->group(group);
        }
}

train::OptimizerChoice OptimizerArguments::resolve() const {
    train::OptimizerChoice choice{.name = name_};
    for (const auto& [name, value] : numbers_)
        if (given(name)) choice.hyperparameters[name] = value;
    for (const auto& [name, value] : flags_)
        if (given(name)) choice.hyperparameters[name] = value ? 1 : 0;
    try {
        train::make_optimizer(choice);
    } catch (const train::OptimizerError& error) {
        throw UsageError(error.what());
    }
    return choice;
}

double OptimizerArguments::learning_rate() const {
    return given("lr") ? learning_rate_ : train::optimizer_row(name_).learning_rate;
}

std::map<std::string, std::string> OptimizerArguments::defaults() const {
    const train::OptimizerRow& row = train::optimizer_row(name_);
    std::map<std::string, std::string> result;
    if (!given("lr")) result["lr"] = fmt::format("{}", row.learning_rate);
    for (const train::OptimizerOption& option : row.options)
        if (!option.flag && !given(option.name))
            result[std::string(option.name)] = fmt::format("{}", option.initial);
    return result;
}

std::set<std::string> OptimizerArguments::not_of_the_chosen() const {
    const train::OptimizerRow& row = train::optimizer_row(name_);
    std::set<std::string> result;
    for (const auto& [name, option] : options_)
        if (name != "lr" && !row.has(name)) result.insert(name);
    return result;
}

}  // namespace vkm::apps
