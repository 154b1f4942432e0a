#pragma once

#include <nlohmann/json_fwd.hpp>

namespace vkm::apps {

/// Prints a result and a newline on stdout. JSON is UTF-8, but a path, a label or a driver's name need not
/// be: each byte that is not becomes U+FFFD. `indent` is that of nested values, -1 for one line.
void print_json(const nlohmann::json&, int indent = -1);

}  // namespace vkm::apps
