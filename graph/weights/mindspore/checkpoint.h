#pragma once

#include <graph/weights/weights_content.h>

#include <filesystem>
#include <span>
#include <string_view>

namespace vkm::graph {

/// Opens a MindSpore checkpoint (schemas/mindspore.proto). Throws WeightsError naming `file` on anything
/// damaged, encrypted or of a type that is not known.
WeightsContent open_mindspore(std::span<const std::byte>, std::string_view file);

/// Replaces the file atomically by a checkpoint of these tensors under these names, which mindspore.load_checkpoint
/// reads. It has no place for metadata. Throws WeightsError, leaving the old file intact.
void write_mindspore(const std::filesystem::path&, const StateDict&);

}  // namespace vkm::graph
