#include "cli/json_output.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace vkm::apps {

void print_json(const nlohmann::json& json, int indent) {
    fmt::print("{}\n", json.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace vkm::apps
