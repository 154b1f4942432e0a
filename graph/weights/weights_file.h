#pragma once

#include <graph/weights/state_dict.h>

#include <filesystem>

namespace vkm::graph {

/// Reads a weights file of any format (graph/weights/formats.h) by its content, whatever its name. Throws
/// FileError where it cannot be read, WeightsError where its content cannot be used; both name the file and
/// what to do.
StateDict load_weights(const std::filesystem::path&);

/// Replaces a weights file atomically, in the format that its extension names. Throws WeightsError where no
/// format is written under that extension, or the file cannot be written.
void save_weights(const std::filesystem::path&, const StateDict&);

}  // namespace vkm::graph
