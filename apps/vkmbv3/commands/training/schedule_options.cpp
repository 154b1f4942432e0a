#include "commands/training/schedule_options.h"

#include "cli/common_options.h"
#include "cli/number_checks.h"
#include "cli/usage_error.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace vkm::apps {
namespace {

using train::Decay;

struct OptionOf {
    std::string_view name;
    std::vector<Decay> decays;  ///< that read it
};

// Says which schedules have an option. What is not listed belongs to all of them.
const std::vector<OptionOf>& options_of_some() {
    using enum Decay;
    static const std::vector<OptionOf> rows{
        {"gamma", {step, multistep, exponential}},
        {"step-size", {step}},
        {"step-offset", {step}},
        {"milestones", {multistep}},
        {"min-lr", {cosine, polynomial}},
        {"decay-epochs", {exponential, cosine, polynomial, one_cycle}},
        {"power", {polynomial}},
        {"pct-start", {one_cycle}},
        {"div-factor", {one_cycle}},
        {"final-div-factor", {one_cycle}},
        {"anneal", {one_cycle}},
    };
    return rows;
}

bool reads(const OptionOf& option, Decay decay) {
    return std::ranges::find(option.decays, decay) != option.decays.end();
}

std::string readers(const OptionOf& option) {
    std::vector<std::string_view> names;
    for (const Decay decay : option.decays)
        names.push_back(train::decay_name(decay));
    return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

void ScheduleArguments::add(CLI::App& app) {
    const auto keep = [&](const char* name, CLI::Option* option) {
        options_[name] = option->group(group);
        return option;
    };
    const auto number = [&](const char* name, auto& value, const std::string& help) {
        return keep(name, app.add_option("--" + std::string(name), value, help))->capture_default_str();
    };
    const auto names = train::decay_names();
    keep("scheduler", app.add_option("--scheduler", name_, "how the learning rate falls"))
        ->check(CLI::IsMember(std::vector<std::string>(names.begin(), names.end())))
        ->capture_default_str();
    keep("lr-per",
         app.add_option("--lr-per", per_, "whether the learning rate changes with every step or every epoch"))
        ->check(CLI::IsMember({"step", "epoch"}))
        ->capture_default_str();
    number("warmup-epochs", schedule_.warmup_epochs,
           "epochs over which the learning rate rises to --lr; may be fractional")
        ->check(non_negative_number());
    number("warmup-steps", schedule_.warmup_steps, "the same in steps")->check(non_negative_number());
    keep("warmup-factor",
         app.add_option("--warmup-factor", warmup_factor_,
                        "the warm-up begins with this share of --lr (default: 1 / its steps)"));
    keep("warmup-lr",
         app.add_option("--warmup-lr", warmup_rate_, "the warm-up begins with this learning rate"));
    keep("warmup-prefix",
         app.add_flag("--warmup-prefix,!--no-warmup-prefix", schedule_.warmup_prefix,
                      "the schedule begins behind the warm-up; with --no-…: it counts from the run's start"))
        ->default_str("true");
    number("gamma", schedule_.gamma, "factor of step, multistep and exponential")->check(positive_number());
    number("step-size", schedule_.step_size, "epochs between two changes of step; may be fractional")
        ->check(positive_number());
    number("step-offset", schedule_.step_offset, "epochs by which the changes of step come later");
    keep("milestones",
         app.add_option("--milestones", milestones_, "epochs at which multistep changes: 30,60"));
    number("min-lr", schedule_.min_rate, "where cosine and polynomial end")->check(non_negative_number());
    keep("decay-epochs",
         app.add_option("--decay-epochs", schedule_.decay_epochs,
                        "epochs that cosine, polynomial and one-cycle span (default: those behind "
                        "the warm-up); epochs in which exponential falls by --gamma (default: 1)"))
        ->check(positive_number());
    number("power", schedule_.power, "exponent of polynomial")->check(positive_number());
    number("pct-start", schedule_.one_cycle.rising, "share of the steps in which one-cycle rises");
    number("div-factor", schedule_.one_cycle.div_factor, "one-cycle begins with --lr divided by it")
        ->check(positive_number());
    number("final-div-factor", schedule_.one_cycle.final_div_factor,
           "one-cycle ends with its first learning rate divided by it")
        ->check(positive_number());
    keep("anneal", app.add_option("--anneal", anneal_, "how one-cycle rises and falls"))
        ->check(CLI::IsMember({"cos", "linear"}))
        ->capture_default_str();
}

train::LearningRate ScheduleArguments::resolve(double base, double epochs, bool goes_on) const {
    train::LearningRate schedule = schedule_;
    schedule.base = base;
    schedule.decay = train::parse_decay(name_);
    schedule.by_epoch = per_ == "epoch";
    schedule.one_cycle.linear = anneal_ == "linear";
    if (given("warmup-factor")) schedule.warmup_factor = warmup_factor_;
    if (given("warmup-lr")) schedule.warmup_rate = warmup_rate_;
    if (!milestones_.empty()) schedule.milestones = parse_numbers(milestones_, "--milestones");
    for (const OptionOf& option : options_of_some()) {
        const CLI::Option& found = *options_.find(option.name)->second;
        // A run of an older version has the defaults of all schedules in its config.yaml.
        if (!goes_on && found.count() > 0 && found.reduced_results().back() != found.get_default_str() &&
            !reads(option, schedule.decay))
            throw UsageError(fmt::format("--{} is an option of {}, and --scheduler is {}", option.name,
                                         readers(option), name_));
    }
    try {
        schedule.validate(epochs);
    } catch (const train::ScheduleError& error) {
        throw UsageError(error.what());
    }
    return schedule;
}

std::vector<std::string> ScheduleArguments::of_some_schedules() {
    std::vector<std::string> names;
    for (const OptionOf& option : options_of_some())
        names.emplace_back(option.name);
    return names;
}

std::set<std::string> ScheduleArguments::not_of_the_chosen() const {
    std::set<std::string> result;
    const Decay chosen = train::parse_decay(name_);
    for (const OptionOf& option : options_of_some())
        if (!reads(option, chosen)) result.emplace(option.name);
    return result;
}

}  // namespace vkm::apps
