#include <bench/vendor_figures.h>

#include <nlohmann/json.hpp>

#include <string>

namespace vkm::bench {
namespace {

// bench/vendor_figures.json as a literal, which bench/CMakeLists.txt writes.
constexpr const char* table_text =
#include <bench_tables/vendor_figures.inc>
    ;

const nlohmann::json& table() {
    static const nlohmann::json parsed = nlohmann::json::parse(table_text);
    return parsed;
}

}  // namespace

std::optional<double> vendor_figure(std::string_view device_name, std::string_view member) {
    for (const auto& [name, figures] : table().items()) {
        if (device_name != name && !device_name.starts_with(name + " (")) continue;
        const auto figure = figures.find(member);
        if (figure != figures.end() && figure->is_number()) return figure->get<double>();
    }
    return {};
}

}  // namespace vkm::bench
