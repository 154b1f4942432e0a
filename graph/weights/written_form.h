#pragma once

#include <graph/models/model_config.h>
#include <graph/weights/state_dict.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::graph {

/// Is a tensor's name and shape in the file that it was read from.
struct OriginalTensor {
    std::string name;
    std::vector<int64_t> shape;
};
/// Holds those of the tensors that have other ones here, by our names.
using OriginalTensors = std::map<std::string, OriginalTensor, std::less<>>;

/// Is the metadata's key of class names, a JSON list.
inline constexpr const char* class_names_key = "class-names";
/// Is the key of the dialect that weights came in before they were converted, or trained from.
inline constexpr const char* original_names_key = "original-names";

/// Here is what can be asked of weights before they are written.

/// Returns what a network's state dict holds of the weights, in its order: float32, and for every batch norm
/// num_batches_tracked (int64), with configuration, normalisation and class names in the metadata. Weights of
/// the last layers may be absent. Throws what match_weights throws.
StateDict complete_state_dict(const ModelConfig&, const StateDict&,
                              const std::vector<std::string>& class_names,
                              std::string_view original_names = {});

/// Sets the metadata by which a file needs no model options, and goes back under its original names.
void describe_model(StateDict&, const ModelConfig&, const std::vector<std::string>& class_names,
                    std::string_view original_names = {});

/// Folds each batch norm into the convolution before it: its scale into the weights, what both add into its
/// bias. What is left of it is scale 1, mean 0 and variance 1 - eps, which do nothing; a bias of the convolution's own is 0.
void fold_batch_norms(StateDict&, const ModelConfig&);

/// Rounds float32 tensors to float16. Throws WeightsError naming one that leaves its range.
void round_to_half(StateDict&);

/// Gives tensors the names and shapes of the file that they were read from.
void rename_to_original(StateDict&, const OriginalTensors&);

}  // namespace vkm::graph
