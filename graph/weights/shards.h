#pragma once

#include <graph/weights/weights_content.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace vkm::graph {

/// Returns whether the bytes are the index of a model in several files, as Hugging Face's tools write it:
/// {"weight_map": {"features.0.0.weight": "model-00001-of-00002.safetensors", …}}.
bool looks_like_index(std::span<const std::byte>);

/// Opens the files that an index names, which lie beside it, as one. `open` opens one of them. Throws
/// WeightsError naming the index, and what `open` throws.
WeightsContent open_shards(std::span<const std::byte> index, const std::filesystem::path&,
                           const std::function<WeightsContent(const std::filesystem::path&)>& open);

/// Returns the index beside a file that is named like one of several, "model-00001-of-00002.safetensors".
std::optional<std::filesystem::path> index_beside(const std::filesystem::path&);

/// Returns the weights file that a folder is downloaded for: an index, a file named as Hugging Face's tools
/// do, or the only one with an extension of weights. Throws WeightsError where there is none or a choice.
std::filesystem::path weights_in_folder(const std::filesystem::path&);

/// Returns every weights file of a folder that holds several models, by their extensions and sorted by name; the
/// one that weights_in_folder() finds where the folder is one model's. Throws what that throws.
std::vector<std::filesystem::path> all_weights_in_folder(const std::filesystem::path&);

}  // namespace vkm::graph
