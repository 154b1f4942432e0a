#include <bench/overview_box.h>
#include <bench/overview_formats.h>
#include <bench/published_figures.h>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vkm::bench {
namespace {

using nlohmann::json;

json row_json(const Row& row) {
    json object{{"name", row.name}, {"unit", row.unit}};
    if (row.value) object["value"] = *row.value;
    if (row.noise) object["noise"] = *row.noise;
    if (row.disturbed)
        object["disturbed"] = {{"slower", row.disturbed->slower},
                               {"others", row.disturbed->others},
                               {"stolen", row.disturbed->stolen}};
    if (row.vendor) object["vendor"] = *row.vendor;
    if (row.batch > 0) object["batch"] = row.batch;
    if (!row.remark.empty()) object["remark"] = row.remark;
    if (!row.value) object["not_measured"] = row.why;
    return object;
}

std::string number(double value) {
    return fmt::format("{:.6g}", value);
}

// Quotes what would end a field.
std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\n") == text.npos) return text;
    std::string quoted = "\"";
    for (const char c : text)
        quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

std::string csv(const Overview& overview, const json&) {
    std::string text = "name,value,unit,noise,batch,remark,not measured,vendor,disturbed\n";
    for (const Row& row : overview.rows)
        text += fmt::format(
            "{},{},{},{},{},{},{},{},{}\n", csv_field(row.name), row.value ? number(*row.value) : "",
            row.unit, row.noise ? number(*row.noise) : "", row.batch > 0 ? fmt::format("{}", row.batch) : "",
            csv_field(row.remark), csv_field(row.why), row.vendor ? number(*row.vendor) : "",
            csv_field(row.disturbed ? in_words(*row.disturbed) : ""));
    return text;
}

// A bar would end a cell, and a line break the table.
std::string cell(std::string text) {
    std::ranges::replace(text, '\n', ' ');
    std::string escaped;
    for (const char c : text)
        escaped += c == '|' ? std::string("\\|") : std::string(1, c);
    return escaped;
}

std::string remarks(const Row& row) {
    if (!row.value) return "not measured: " + row.why;
    if (!row.disturbed) return row.remark;
    return row.remark + (row.remark.empty() ? "" : "; ") +
           "the machine was disturbed: " + in_words(*row.disturbed);
}

std::string markdown(const Overview& overview, const json& document) {
    const json& device = document.at("device");
    std::string text = fmt::format(
        "**{}**, {} {}, vkmbv3-bench {}\n\n| row | value | unit | vendor | noise | |\n|---|--:|---|--:|--:|---|\n",
        cell(device.value("name", "")), cell(device.value("driver_name", "")),
        cell(device.value("driver_info", "")), document.at("program").value("version", ""));
    for (const Row& row : overview.rows)
        text +=
            fmt::format("| {} | {} | {} | {} | {} | {} |\n", cell(row.name),
                        row.value ? number(*row.value) : "", row.unit, row.vendor ? number(*row.vendor) : "",
                        row.noise ? fmt::format("{:.1f} %", 100 * *row.noise) : "", cell(remarks(row)));
    const std::vector<PublishedFigure> figures = figures_of(device.value("name", ""));
    if (figures.empty()) return text;
    text += "\n| published of this device | network | value | unit |\n|---|---|--:|---|\n";
    for (const PublishedFigure& figure : figures)
        text += fmt::format("| {} | {} | {} | {} |\n", figure.who, figure.model, number(figure.value),
                            figure.unit);
    return text;
}

std::string json_text(const Overview&, const json& document) {
    return to_text(document) + "\n";
}

constexpr OverviewFormat formats[] = {
    {"box", box_text}, {"json", json_text}, {"csv", csv}, {"markdown", markdown}};

}  // namespace

json to_json(const Overview& overview, const graph::PlannedDevice& device) {
    json document = to_json(overview.results, device);
    document["seconds"] = overview.seconds;
    document["rows"] = json::array();
    for (const Row& row : overview.rows)
        document["rows"].push_back(row_json(row));
    json published = json::array();
    for (const PublishedFigure& figure : figures_of(device.snapshot().name))
        published.push_back(
            {{"who", figure.who}, {"model", figure.model}, {"value", figure.value}, {"unit", figure.unit}});
    if (!published.empty()) document["published"] = std::move(published);
    return document;
}

std::span<const OverviewFormat> overview_formats() {
    return formats;
}

std::string descriptions(const std::vector<Row>& rows) {
    std::string text;
    for (const Row& row : rows) {
        const Description d = describe(row);
        text += fmt::format("{} ({})\n    measures {}\n    because {}\n", row.name, row.unit, d.measures,
                            d.matters);
    }
    text += "\nFigures of others, printed where the device is the same:\n";
    for (const PublishedSource& source : published_sources())
        text += fmt::format("{}\n    measures {}\n    from {}\n", source.who, source.what, source.where);
    return text;
}

}  // namespace vkm::bench
