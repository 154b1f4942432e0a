#pragma once

#include <graph/weights/state_dict.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::graph {

/// The reference implementation's limit.
inline constexpr uint64_t max_safetensors_header_bytes = 100'000'000;

/// Holds one tensor as the header spells it, its syntax checked and its meaning not.
struct SafetensorsEntry {
    std::string name, dtype;
    std::vector<uint64_t> shape;
    uint64_t begin = 0, end = 0;
};

struct SafetensorsHeader {
    std::vector<SafetensorsEntry> entries;
    std::map<std::string, std::string> metadata;
};

/// Parses the JSON header in linear time and bounded depth. Throws WeightsError naming `file` and the tensor
/// on malformed JSON, duplicate names and missing, unknown or mistyped fields.
SafetensorsHeader parse_safetensors_header(std::string_view json, std::string_view file);

std::optional<WeightType> safetensors_dtype(std::string_view name);  ///< "F32" and so on
std::string_view safetensors_name(WeightType);

}  // namespace vkm::graph
