#pragma once

#include <bench/overview.h>

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace vkm::bench {

/// A box never has more lines, whatever went wrong: people paste it.
constexpr size_t most_box_lines = 40;

/// Draws the overview as one box of text. `document` is its JSON (to_json), which has the facts of the machine. What has
/// no value has a letter that is explained below.
std::string box_text(const Overview&, const nlohmann::json& document);

}  // namespace vkm::bench
