#pragma once

#include <graph/weights/dialect.h>
#include <graph/weights/state_dict.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::graph {

/// Returns a network's weights as the program of a dialect saves them: under its names, in its order, with its
/// shapes and what its files hold that nothing uses, which is zero where `without_use` has it not. `ours` is a
/// state dict under our names, of any float type, which may lack the last layers. Its metadata are kept. Throws
/// WeightsError where the dialect has no such network.
StateDict rename_to_original(StateDict ours, const ModelConfig&, const Dialect&,
                             std::span<const NamedTensor> without_use = {});

/// Names an option that weights leave no trace of, with its value here and what a dialect's program takes it for.
struct Convention {
    std::string option, here, theirs;
};

/// Returns those by which the dialect's program would compute something else with a network's weights.
std::vector<Convention> other_conventions(const ModelConfig&, const Dialect&);

/// Returns the first dialect that has a model's networks under other names than ours, or null.
const Dialect* dialect_of(const Model&);

/// Returns the dialect of a name ("timm") that has a model's networks, or null.
const Dialect* dialect_called(std::string_view name, const Model&);

/// Returns the names of all dialects but ours.
std::vector<std::string> dialect_names();

}  // namespace vkm::graph
