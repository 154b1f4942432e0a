#pragma once

#include <graph/weights/state_dict.h>

#include <filesystem>

namespace vkm::graph {

/// Is the entry beside a .pth file's tensors that holds their metadata as a JSON object: PyTorch passes over it.
inline constexpr const char* torch_metadata_entry = "vkmbv3.json";

/// Replaces the file atomically by what torch.save writes of a state dict: torch.load gives an OrderedDict of
/// contiguous tensors, also with weights_only=True. Throws WeightsError, leaving the old file intact, when
/// the file cannot be written or a tensor has a type that PyTorch lacks.
void write_torch(const std::filesystem::path&, const StateDict&);

}  // namespace vkm::graph
