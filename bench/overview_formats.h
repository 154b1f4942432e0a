#pragma once

#include <bench/overview.h>

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

namespace vkm::bench {

/// Returns the suite's own document with a list `rows` and the time that it took.
nlohmann::json to_json(const Overview&, const graph::PlannedDevice&);

/// Names a way to write the overview: one row of overview_formats().
struct OverviewFormat {
    std::string_view name;
    std::string (*text)(const Overview&, const nlohmann::json& document);
};
std::span<const OverviewFormat> overview_formats();

/// Returns what every row measures, and why that matters.
std::string descriptions(const std::vector<Row>&);

}  // namespace vkm::bench
