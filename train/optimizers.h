#pragma once

#include <base/error.h>
#include <graph/optimizer.h>
#include <train/recipe.h>

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace vkm::train {

/// Reports an unknown optimizer, or a hyperparameter that it does not have or that is out of its range. The
/// message names the option.
class OptimizerError : public Error {
  public:
    using Error::Error;
};

/// Describes a hyperparameter, which is an option of the command line.
struct OptimizerOption {
    std::string_view name;  ///< "weight-decay"
    std::string_view help;
    std::string_view also = {};  ///< another name that programs have for it: "wd"
    double initial = 0;
    bool flag = false;  ///< given or not: 1 or 0
    std::function<bool(double)> in_range = {};
    std::string_view range = {};  ///< in_range in words
};

/// Describes one way to make updates. To add another, add a row to the table in optimizers.cpp.
struct OptimizerRow {
    std::string_view name;
    double learning_rate = 0;  ///< where none is given
    std::vector<OptimizerOption> options;
    std::function<std::shared_ptr<const graph::Optimizer>(const OptimizerChoice&, graph::ParameterRanges)>
        build;

    bool has(std::string_view option) const;
};

const std::vector<OptimizerRow>& optimizers();

/// Says what another program's name for an optimizer means here.
struct OptimizerAlias {
    std::string_view name;  ///< "nesterov": timm's
    OptimizerChoice choice;
};
const std::vector<OptimizerAlias>& optimizer_aliases();

/// Returns the choice that a name stands for, one of optimizers() or an alias. Throws OptimizerError listing the names.
OptimizerChoice optimizer_called(std::string_view name);

/// Returns the row of an optimizer. Throws OptimizerError listing the names.
const OptimizerRow& optimizer_row(std::string_view name);

/// Returns the names of the optimizers that have an option: "sgd, adamw".
std::string optimizers_with(std::string_view option);

/// Makes the optimizer that was chosen, for parameters that lie so. Throws OptimizerError.
std::shared_ptr<const graph::Optimizer> make_optimizer(const OptimizerChoice&, graph::ParameterRanges = {});

}  // namespace vkm::train
