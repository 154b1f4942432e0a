#pragma once

#include <graph/weights/weights_content.h>

#include <filesystem>
#include <span>
#include <string_view>

namespace vkm::graph {

// The safetensors format has a header's length (8 bytes, little-endian), a JSON header
//     {"__metadata__": {"key": "value"},
//      "name": {"dtype": "F32", "shape": [16, 3], "data_offsets": [begin, end]}, …}
// and the tensors' bytes. Offsets count from the header's end; the tensors fill it without gap or overlap.

/// Returns whether the bytes begin like a safetensors file.
bool looks_like_safetensors(std::span<const std::byte>);

/// Opens the tensors in the header's order: one group. Throws WeightsError on anything the format does not
/// allow; `file` names the source in messages.
WeightsContent open_safetensors(std::span<const std::byte>, std::string_view file);

/// Read them all at once, of bytes and of a file.
StateDict parse_safetensors(std::span<const std::byte>, std::string_view file);
StateDict read_safetensors(const std::filesystem::path&);

/// Replaces the file atomically (see AtomicFile). The header keeps the state dict's order and is padded with
/// spaces to a multiple of 8. Data are laid out by falling element size, so that every tensor is aligned to
/// its elements. Throws WeightsError, leaving the old file intact, when the file cannot be written, two
/// tensors share a name, a name is not UTF-8 or a tensor's data do not fill its shape.
void write_safetensors(const std::filesystem::path&, const StateDict&);

}  // namespace vkm::graph
