#include <graph/ops/adamw.h>
#include <graph/ops/lamb.h>
#include <graph/ops/lion.h>
#include <graph/ops/rmsprop.h>
#include <graph/ops/sgd.h>
#include <train/optimizers.h>

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace vkm::train {
namespace {

// Describes a hyperparameter as a member of the optimizer's settings, whose initial value is the default.
template <typename Settings>
struct Member {
    OptimizerOption option;
    std::function<void(Settings&, double)> set;
};

template <typename Settings>
Member<Settings> number(std::string_view name, double Settings::*member, std::function<bool(double)> in_range,
                        std::string_view range, std::string_view help) {
    return {{.name = name,
             .help = help,
             .initial = Settings{}.*member,
             .in_range = std::move(in_range),
             .range = range},
            [member](Settings& settings, double value) { settings.*member = value; }};
}

template <typename Settings>
Member<Settings> flag(std::string_view name, bool Settings::*member, std::string_view help) {
    return {{.name = name,
             .help = help,
             .flag = true,
             .in_range = [](double v) { return v == 0 || v == 1; },
             .range = "0 or 1"},
            [member](Settings& settings, double value) { settings.*member = value != 0; }};
}

template <typename Settings>
OptimizerRow row(std::string_view name,
                 std::shared_ptr<const graph::Optimizer> (*make)(const Settings&, graph::ParameterRanges),
                 double learning_rate, std::vector<Member<Settings>> members) {
    OptimizerRow row{.name = name, .learning_rate = learning_rate, .options = {}, .build = {}};
    for (const Member<Settings>& member : members)
        row.options.push_back(member.option);
    row.build = [make, members = std::move(members)](const OptimizerChoice& choice,
                                                     graph::ParameterRanges ranges) {
        Settings settings;
        for (const Member<Settings>& member : members)
            if (const auto given = choice.hyperparameters.find(member.option.name);
                given != choice.hyperparameters.end())
                member.set(settings, given->second);
        return make(settings, std::move(ranges));
    };
    return row;
}

bool fraction(double v) {
    return v >= 0 && v <= 1;
}
bool below_one(double v) {
    return v >= 0 && v < 1;
}
bool zero_or_more(double v) {
    return v >= 0 && std::isfinite(v);
}

template <typename Settings>
Member<Settings> named(Member<Settings> member, std::string_view also) {
    member.option.also = also;
    return member;
}

// The options that several optimizers have.
template <typename Settings>
Member<Settings> momentum(double Settings::*member) {
    return number("momentum", member, fraction, "between 0 and 1", "share of the last update kept");
}
template <typename Settings>
Member<Settings> alpha(double Settings::*member) {
    return number("alpha", member, fraction, "between 0 and 1", "share of the gradients' mean square kept");
}
template <typename Settings>
Member<Settings> beta1(double Settings::*member) {
    return number("beta1", member, below_one, "at least 0 and below 1", "share of the gradients' mean kept");
}
template <typename Settings>
Member<Settings> beta2(double Settings::*member) {
    return number("beta2", member, below_one, "at least 0 and below 1",
                  "share of the gradients' mean square kept; of lion: of their mean");
}
template <typename Settings>
Member<Settings> epsilon(double Settings::*member) {
    return named(number("eps", member, zero_or_more, "at least 0", "added to the root of the mean square"),
                 "opt-eps");
}
template <typename Settings>
Member<Settings> weight_decay(double Settings::*member) {
    return named(number("weight-decay", member, zero_or_more, "at least 0", "pull of the weights towards 0"),
                 "wd");
}

}  // namespace

const std::vector<OptimizerRow>& optimizers() {
    using graph::ops::Adam;
    using graph::ops::AdamW;
    using graph::ops::Lamb;
    using graph::ops::Lion;
    using graph::ops::RmsProp;
    using graph::ops::RmsPropTf;
    using graph::ops::Sgd;
    static const std::vector<OptimizerRow> table{
        row<Sgd>("sgd", graph::ops::sgd, 0.1,
                 {momentum(&Sgd::momentum), flag("nesterov", &Sgd::nesterov, "look ahead by one update"),
                  weight_decay(&Sgd::weight_decay)}),
        row<RmsProp>(
            "rmsprop", graph::ops::rmsprop, 0.01,
            {alpha(&RmsProp::alpha), epsilon(&RmsProp::epsilon), momentum(&RmsProp::momentum),
             flag("centered", &RmsProp::centered, "divide by the gradients' deviation, not by their size"),
             weight_decay(&RmsProp::weight_decay)}),
        row<RmsPropTf>(
            "rmsprop_tf", graph::ops::rmsprop_tf, 0.01,
            {alpha(&RmsPropTf::alpha), epsilon(&RmsPropTf::epsilon), momentum(&RmsPropTf::momentum),
             flag("centered", &RmsPropTf::centered, "divide by the gradients' deviation, not by their size"),
             weight_decay(&RmsPropTf::weight_decay)}),
        row<Adam>("adam", graph::ops::adam, 1e-3,
                  {beta1(&Adam::beta1), beta2(&Adam::beta2), epsilon(&Adam::epsilon),
                   weight_decay(&Adam::weight_decay)}),
        row<AdamW>("adamw", graph::ops::adamw, 1e-3,
                   {beta1(&AdamW::beta1), beta2(&AdamW::beta2), epsilon(&AdamW::epsilon),
                    weight_decay(&AdamW::weight_decay)}),
        row<Lamb>("lamb", graph::ops::lamb, 1e-3,
                  {beta1(&Lamb::beta1), beta2(&Lamb::beta2), epsilon(&Lamb::epsilon),
                   weight_decay(&Lamb::weight_decay)}),
        row<Lion>("lion", graph::ops::lion, 1e-4,
                  {beta1(&Lion::beta1), beta2(&Lion::beta2), weight_decay(&Lion::weight_decay)}),
    };
    return table;
}

const std::vector<OptimizerAlias>& optimizer_aliases() {
    static const std::vector<OptimizerAlias> table{
        {"momentum", {.name = "sgd"}},
        {"nesterov", {.name = "sgd", .hyperparameters = {{"nesterov", 1}}}},
        {"sgd_nesterov", {.name = "sgd", .hyperparameters = {{"nesterov", 1}}}},
        {"rmsproptf", {.name = "rmsprop_tf"}},
    };
    return table;
}

OptimizerChoice optimizer_called(std::string_view name) {
    const auto alias = std::ranges::find(optimizer_aliases(), name, &OptimizerAlias::name);
    if (alias != optimizer_aliases().end()) return alias->choice;
    return {.name = std::string(optimizer_row(name).name)};
}

bool OptimizerRow::has(std::string_view option) const {
    return std::ranges::find(options, option, &OptimizerOption::name) != options.end();
}

const OptimizerRow& optimizer_row(std::string_view name) {
    std::vector<std::string_view> known;
    for (const OptimizerRow& row : optimizers()) {
        if (row.name == name) return row;
        known.push_back(row.name);
    }
    throw OptimizerError("--optimizer {} is none of {}", name, fmt::join(known, ", "));
}

std::string optimizers_with(std::string_view option) {
    std::vector<std::string_view> names;
    for (const OptimizerRow& row : optimizers())
        if (row.has(option)) names.push_back(row.name);
    return fmt::format("{}", fmt::join(names, ", "));
}

std::shared_ptr<const graph::Optimizer> make_optimizer(const OptimizerChoice& choice,
                                                       graph::ParameterRanges ranges) {
    const OptimizerRow& row = optimizer_row(choice.name);
    for (const auto& [name, value] : choice.hyperparameters) {
        const auto option = std::ranges::find(row.options, name, &OptimizerOption::name);
        if (option == row.options.end())
            throw OptimizerError("--{} is an option of {}, and --optimizer is {}", name,
                                 optimizers_with(name), choice.name);
        if (!option->in_range(value))
            throw OptimizerError("--{} is {}, but must be {}", name, value, option->range);
    }
    return row.build(choice, std::move(ranges));
}

}  // namespace vkm::train
