#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>

namespace vkm::teach {

/// Keeps its members in the order in which they were given.
using Json = nlohmann::ordered_json;

/// Returns what a file holds; nothing where there is none. Throws FileError, and Json::exception where it is no JSON.
std::optional<Json> read_json(const std::filesystem::path&);

/// Replaces a file: the old or the new one is there, whole. Bytes that are no UTF-8 are written as U+FFFD. `indent`: of
/// each level on a line of its own; -1: all is on one. Throws FileError.
void write_json(const std::filesystem::path&, const Json&, int indent);

}  // namespace vkm::teach
