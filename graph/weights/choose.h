#pragma once

#include <graph/weights/identify.h>
#include <graph/weights/weights_content.h>

#include <optional>
#include <string>
#include <vector>

namespace vkm::graph {

/// Says which dict of tensors of a file is the model's.
struct WeightsChoice {
    size_t group = 0;
    std::optional<Identified> network;  ///< absent where no network that is known has these names and shapes
    std::vector<std::string> others;    ///< what would have fitted as well: "state_dict"
};

/// Chooses the dict that fits a network: with a classifier rather than without, averaged weights rather than
/// those they are the average of, and of equals the first. An optimizer's state is never chosen. Where nothing
/// fits, takes the one with the most tensors. Throws WeightsError where the file, named `file`, holds only an
/// optimizer's state.
WeightsChoice choose_weights(const WeightsContent&, std::string_view file);

/// Returns the chosen tensors under our names and in our order, with their data; where no network was found, as
/// they are but for wrapping modules in their names.
StateDict read_weights(const WeightsContent&, const WeightsChoice&);

/// Returns those of the chosen tensors that no network has and the authors' files hold (unused_weights), under
/// our names.
std::vector<NamedTensor> read_without_use(const WeightsContent&, const WeightsChoice&);

/// Returns where the chosen tensors lie: the dict's path and the prefix of their names.
std::string place_of(const WeightsContent&, const WeightsChoice&);

}  // namespace vkm::graph
