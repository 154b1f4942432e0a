#pragma once

#include <graph/weights/formats.h>
#include <graph/weights/weights_content.h>

#include <filesystem>

namespace vkm::graph {

/// Opens a weights file of any format (graph/weights/formats.h) by its content, whatever its name; the index of
/// one in several parts (graph/weights/shards.h), or a folder with it. Throws FileError where it cannot be
/// read, WeightsError where its content cannot be used; both name the file and what to do.
WeightsContent open_weights(const std::filesystem::path&);

/// Reads the one that choose_weights() chooses of its dicts. Throws the same.
StateDict load_weights(const std::filesystem::path&);

/// Returns the format that a file's extension names, or null where none is written under it.
const WeightFormat* written_format(const std::filesystem::path&);

/// Replaces a weights file atomically, in the format that its extension names. Throws WeightsError where no
/// format is written under that extension, or the file cannot be written.
void save_weights(const std::filesystem::path&, const StateDict&);

}  // namespace vkm::graph
