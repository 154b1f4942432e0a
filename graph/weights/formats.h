#pragma once

#include <graph/weights/weights_content.h>

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace vkm::graph {

/// Describes a kind of file that holds weights.
struct WeightFormat {
    std::string_view name;       ///< "safetensors"
    std::string_view extension;  ///< ".safetensors": what such files are usually called
    std::string_view also;       ///< another extension of theirs, or none
    std::string_view described;  ///< "a safetensors file", in a list of what a file is not
    /// Returns whether the bytes begin like such a file. The first row that says so reads it.
    bool (*recognise)(std::span<const std::byte>);
    /// Opens such a file. Throws WeightsError on anything damaged or not supported; `file` names the source.
    WeightsContent (*open)(std::span<const std::byte>, std::string_view file);
    /// Replaces the file atomically. Null where the format is only read.
    void (*write)(const std::filesystem::path&, const StateDict&);
    bool built = true;            ///< false: this build has no reader, and `open` says what it lacks
    bool writes_network = false;  ///< whose tensors have its own names, whatever those of the state dict are
};

/// Returns every format, one row each; those that are told apart with more certainty come first.
std::span<const WeightFormat> weight_formats();

/// Returns what --weights may be in this build: "safetensors or PyTorch .pth".
std::string weight_format_names(std::string_view conjunction = "or");

/// Returns the formats that this build lacks; empty where it has all.
std::string absent_format_names();

}  // namespace vkm::graph
