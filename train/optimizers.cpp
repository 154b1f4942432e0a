#include <graph/ops/adamw.h>
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
OptimizerRow row(std::string_view name, std::shared_ptr<const graph::Optimizer> (*make)(const Settings&),
                 double learning_rate, std::vector<Member<Settings>> members) {
    OptimizerRow row{.name = name, .learning_rate = learning_rate, .options = {}, .build = {}};
    for (const Member<Settings>& member : members)
        row.options.push_back(member.option);
    row.build = [make, members = std::move(members)](const OptimizerChoice& choice) {
        Settings settings;
        for (const Member<Settings>& member : members)
            if (const auto given = choice.hyperparameters.find(member.option.name);
                given != choice.hyperparameters.end())
                member.set(settings, given->second);
        return make(settings);
    };
    return row;
}

bool fraction(double v) {
    return v >= 0 && v <= 1;
}
bool below_one(double v) {
    return v >= 0 && v < 1;
}
bool not_negative(double v) {
    return v >= 0 && std::isfinite(v);
}

}  // namespace

const std::vector<OptimizerRow>& optimizers() {
    using graph::ops::AdamW;
    using graph::ops::Sgd;
    static const std::vector<OptimizerRow> table{
        row<Sgd>(
            "sgd", graph::ops::sgd, 0.1,
            {number("momentum", &Sgd::momentum, fraction, "between 0 and 1", "share of the last update kept"),
             flag("nesterov", &Sgd::nesterov, "look ahead by one update"),
             number("weight-decay", &Sgd::weight_decay, not_negative, "at least 0",
                    "pull of the weights towards 0")}),
        row<AdamW>("adamw", graph::ops::adamw, 1e-3,
                   {number("beta1", &AdamW::beta1, below_one, "at least 0 and below 1",
                           "share of the gradients' mean kept"),
                    number("beta2", &AdamW::beta2, below_one, "at least 0 and below 1",
                           "share of the gradients' mean square kept"),
                    number("eps", &AdamW::epsilon, not_negative, "at least 0",
                           "added to the root of the mean square"),
                    number("weight-decay", &AdamW::weight_decay, not_negative, "at least 0",
                           "pull of the weights towards 0")}),
    };
    return table;
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

std::shared_ptr<const graph::Optimizer> make_optimizer(const OptimizerChoice& choice) {
    const OptimizerRow& row = optimizer_row(choice.name);
    for (const auto& [name, value] : choice.hyperparameters) {
        const auto option = std::ranges::find(row.options, name, &OptimizerOption::name);
        if (option == row.options.end())
            throw OptimizerError("--{} is an option of {}, and --optimizer is {}", name,
                                 optimizers_with(name), choice.name);
        if (!option->in_range(value))
            throw OptimizerError("--{} is {}, but must be {}", name, value, option->range);
    }
    return row.build(choice);
}

}  // namespace vkm::train
