#pragma once

#include <cstddef>
#include <span>

namespace vkm::graph {

/// Return whether bytes begin like a file of a kind, also in builds without its reader, which say then what
/// they lack. Formats without a magic number are told by their first fields.
bool looks_like_mindspore(std::span<const std::byte>);
bool looks_like_onnx(std::span<const std::byte>);
bool looks_like_tflite(std::span<const std::byte>);

}  // namespace vkm::graph
