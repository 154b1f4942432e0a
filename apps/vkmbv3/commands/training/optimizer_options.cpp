#include "commands/training/optimizer_options.h"

#include "cli/number_checks.h"
#include "cli/usage_error.h"

#include <train/optimizers.h>

#include <fmt/ranges.h>

#include <algorithm>

namespace vkm::apps {
namespace {

// Returns the defaults of the optimizers that have an option: "0.9 (sgd), 0 (rmsprop, rmsprop_tf)".
template <typename Default>
std::string defaults_text(Default&& of) {
    std::vector<std::pair<std::string, std::string>> groups;  // default, optimizers
    for (const train::OptimizerRow& row : train::optimizers()) {
        const std::string text = of(row);
        if (text.empty()) continue;
        const auto same = std::ranges::find(groups, text, &std::pair<std::string, std::string>::first);
        if (same == groups.end())
            groups.emplace_back(text, row.name);
        else
            same->second += fmt::format(", {}", row.name);
    }
    std::vector<std::string> texts;
    for (const auto& [text, names] : groups)
        texts.push_back(fmt::format("{} ({})", text, names));
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
    const std::string shown = fmt::format("{}", fmt::join(names, ", "));
    for (const train::OptimizerAlias& alias : train::optimizer_aliases())
        names.emplace_back(alias.name);
    app.add_option("--optimizer,--opt", name_, fmt::format("how the weights are updated: {}", shown))
        ->check(CLI::IsMember(names).description(""))
        ->type_name("NAME")
        ->capture_default_str()
        ->group(group);
    options_["lr"] = app.add_option("--lr", learning_rate_,
                                    fmt::format("learning rate; default: {}",
                                                defaults_text([](const train::OptimizerRow& row) {
                                                    return fmt::format("{}", row.learning_rate);
                                                })))
                         ->check(non_negative_number())
                         ->group(group);
    for (const train::OptimizerRow& row : train::optimizers())
        for (const train::OptimizerOption& option : row.options) {
            const std::string name(option.name);
            if (options_.contains(name)) continue;
            const std::string called =
                option.also.empty() ? "--" + name : fmt::format("--{},--{}", name, option.also);
            CLI::Option* const added =
                option.flag ? app.add_flag(called, flags_[name],
                                           fmt::format("{} ({})", option.help, train::optimizers_with(name)))
                            : app.add_option(called, numbers_[name],
                                             fmt::format("{}; default: {}", option.help, defaults_of(name)));
            options_[name] = added->group(group);
        }
    app.add_option("--betas,--opt-betas", betas_, "both at once: 0.9,0.999 (adam, adamw, lamb, lion)")
        ->delimiter(',')
        ->expected(2)
        ->group(group);
    app.add_option("--no-weight-decay", without_decay_,
                   "what weight decay leaves alone: none, norm (batch norm's), norm-and-bias (all vectors)")
        ->check(CLI::IsMember(train::without_decay_names()))
        ->capture_default_str()
        ->group(group);
}

train::OptimizerChoice OptimizerArguments::resolve() const {
    train::OptimizerChoice choice = train::optimizer_called(name_);
    for (size_t i = 0; i < betas_.size(); ++i)
        choice.hyperparameters[i == 0 ? "beta1" : "beta2"] = betas_[i];
    for (const auto& [name, value] : numbers_)
        if (given(name)) choice.hyperparameters[name] = value;
    for (const auto& [name, value] : flags_)
        if (given(name)) choice.hyperparameters[name] = value ? 1 : 0;
    const auto of = [&](const char* name) { return choice.hyperparameters.find(name); };
    const auto none = choice.hyperparameters.end();
    if (of("nesterov") != none && of("nesterov")->second != 0 && of("momentum") != none &&
        of("momentum")->second == 0)
        throw UsageError(
            "--nesterov looks ahead by the momentum, and --momentum is 0: leave one of them away");
    try {
        train::make_optimizer(choice);
    } catch (const train::OptimizerError& error) {
        throw UsageError(error.what());
    }
    return choice;
}

const train::OptimizerRow& OptimizerArguments::row() const {
    return train::optimizer_row(train::optimizer_called(name_).name);
}

train::WithoutDecay OptimizerArguments::without_decay() const {
    return train::parse_without_decay(without_decay_);
}

double OptimizerArguments::learning_rate() const {
    return given("lr") ? learning_rate_ : row().learning_rate;
}

std::map<std::string, std::string> OptimizerArguments::defaults() const {
    const train::OptimizerChoice choice = resolve();
    const train::OptimizerRow& row = this->row();
    std::map<std::string, std::string> result{{"optimizer", choice.name}};
    if (!given("lr")) result["lr"] = fmt::format("{}", row.learning_rate);
    for (const train::OptimizerOption& option : row.options)
        if (!given(option.name)) {
            const auto chosen = choice.hyperparameters.find(option.name);
            const double value = chosen == choice.hyperparameters.end() ? option.initial : chosen->second;
            if (!option.flag)
                result[std::string(option.name)] = fmt::format("{}", value);
            else if (value != 0)
                result[std::string(option.name)] = "true";
        }
    return result;
}

std::set<std::string> OptimizerArguments::not_of_the_chosen() const {
    const train::OptimizerRow& row = this->row();
    std::set<std::string> result{"betas"};
    for (const auto& [name, option] : options_)
        if (name != "lr" && !row.has(name)) result.insert(name);
    return result;
}

}  // namespace vkm::apps
