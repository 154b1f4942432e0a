#pragma once

#include <graph/weights/error.h>

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace vkm::graph {

/// Finds a member of an object that may not be one; null where there is none.
const nlohmann::json* member(const nlohmann::json&, std::string_view key);

/// Return a member where it is of the type, or else `otherwise`.
std::string text_of(const nlohmann::json&, std::string_view key, std::string_view otherwise = "");
double number_of(const nlohmann::json&, std::string_view key, double otherwise);
bool flag_of(const nlohmann::json&, std::string_view key, bool otherwise);
/// Returns a list of whole numbers; empty where it is none.
std::vector<int64_t> integers_of(const nlohmann::json&, std::string_view key);

/// Returns the names of the layers that a Keras layer in a graph reads, in either of Keras' forms.
std::vector<std::string> inbound_layers(const nlohmann::json& layer);

/// Returns the layers named by "output_layers" and the like: ["a", 0, 0], or a list of such.
std::vector<std::string> named_layers(const nlohmann::json& list);

}  // namespace vkm::graph
