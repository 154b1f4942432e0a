#pragma once

#include <graph/weights/state_dict.h>

#include <filesystem>

namespace vkm::graph {

/// Reads a weights file by its content, whatever its name: safetensors, or PyTorch's zip format. Throws
/// WeightsError naming the file and what to do.
StateDict load_weights(const std::filesystem::path&);

}  // namespace vkm::graph
