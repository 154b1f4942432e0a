#pragma once

#include <graph/models/model_config.h>
#include <graph/weights/state_dict.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vkm::graph {

/// Returns a network with other fully connected layers behind its pool.
ModelConfig with_own_head(ModelConfig, std::optional<Layer> hidden, Layer output);

/// Holds the fully connected layers that a list of tensors has behind a pool, as fine-tuned networks have them:
/// one, or two.
struct OwnHead {
    std::vector<Layer> layers;
    std::vector<size_t> tensors;   ///< weight, bias, and of a batch norm weight, bias, mean and variance
    std::vector<size_t> counters;  ///< of each of these its num_batches_tracked, or none
    static constexpr size_t none = ~size_t{0};
    bool between =
        false;  ///< what has no weights stands between the two; which activation, names do not tell
    std::string misfit = {};  ///< why there is no such network, naming the first tensor that does not fit
};

/// Returns the layers among the tensors that are not in use, of which the first reads as many channels. Nothing
/// where none does.
std::optional<OwnHead> find_own_head(std::span<const NamedTensor>, const std::vector<bool>& used,
                                     int64_t channels);

}  // namespace vkm::graph
