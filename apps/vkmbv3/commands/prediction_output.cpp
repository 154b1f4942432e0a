#include "commands/prediction_output.h"

#include "cli/json_output.h"

#include <base/text.h>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace vkm::apps {
namespace {

constexpr size_t shortest_image = 5, shortest_name = 5, longest_name = 28;
constexpr size_t percent_width = 6, gap = 2;  // "100.0 ", between columns

bool begins_character(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
}

/// Counts characters, of which every one takes a column in most scripts.
size_t width_of(const std::string& text) {
    return static_cast<size_t>(std::ranges::count_if(text, begins_character));
}

/// Returns the first characters of a text.
std::string beginning(const std::string& text, size_t characters) {
    size_t at = 0;
    for (; at < text.size(); ++at)
        if (begins_character(text[at]) && characters-- == 0) break;
    return text.substr(0, at);
}

std::string end(const std::string& text, size_t characters) {
    size_t at = text.size();
    while (at > 0 && characters > 0)
        if (begins_character(text[--at])) --characters;
    return text.substr(at);
}

// Returns a text whole, but for its line ends: files and classes may have some in their names.
std::string in_one_line(std::string text) {
    std::ranges::replace_if(
        text, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return text;
}

size_t longest(std::span<const std::string> texts) {
    size_t width = 0;
    for (const std::string& text : texts)
        width = std::max(width, width_of(printable(text)));
    return width;
}

}  // namespace

std::string in_column(const std::string& text, size_t width, bool keep_end) {
    const size_t own = width_of(text);
    if (own <= width) return text + std::string(width - own, ' ');
    return keep_end ? "…" + end(text, width - 1) : beginning(text, width - 1) + "…";
}

void PredictionOutput::begin(const std::string& model, std::span<const std::string> images,
                             std::span<const std::string> classes) {
    const bool first = model_.empty();
    model_ = model;
    if (options_.json || !options_.columns) return;
    const size_t columns = *options_.columns;
    image_width_ = std::clamp(longest(images), shortest_image, std::max(shortest_image, columns / 3));
    name_width_ = std::clamp(longest(classes), shortest_name, longest_name);
    const size_t prediction = gap + name_width_ + 1 + percent_width;
    across_ = std::clamp<size_t>(columns > image_width_ ? (columns - image_width_) / prediction : 0, 1,
                                 options_.topk);
    if (options_.several_models) fmt::print("{}{}\n", first ? "" : "\n", printable(model));
    std::string line = in_column("image", image_width_);
    for (size_t i = 0; i < across_; ++i)
        line +=
            fmt::format("{:{}}{} {:>{}}", "", gap, in_column("class", name_width_), "%", percent_width - 1);
    fmt::print("{}\n", line);
}

void PredictionOutput::print(const std::string& image, const infer::Classification& result,
                             const nlohmann::json& heat_map) const {
    if (options_.json) return print_json_line(image, result, heat_map);
    if (options_.columns)
        print_row(image, result);
    else
        print_line(image, result);
    if (options_.logits) print_logits(result);
    if (!heat_map.is_null()) fmt::print("  {}\n", heat_map["file"].get<std::string>());
}

void PredictionOutput::print_line(const std::string& image, const infer::Classification& result) const {
    if (options_.several_models) fmt::print("{}  ", in_one_line(model_));
    fmt::print("{}:", in_one_line(image));
    for (const infer::Prediction& p : result.top)
        fmt::print("  {} {:.1f} %", in_one_line(p.name), 100 * p.probability);
    fmt::print("\n");
}

void PredictionOutput::print_logits(const infer::Classification& result) const {
    fmt::print("  logits");
    for (const double logit : result.logits)
        fmt::print(" {}", static_cast<float>(logit));
    fmt::print("\n");
}

void PredictionOutput::print_json_line(const std::string& image, const infer::Classification& result,
                                       const nlohmann::json& heat_map) const {
    nlohmann::json json{{"image", image}, {"top", nlohmann::json::array()}};
    if (options_.several_models) json["model"] = model_;
    for (const infer::Prediction& p : result.top)
        json["top"].push_back({{"class", p.label}, {"label", p.name}, {"probability", p.probability}});
    if (options_.logits) json["logits"] = result.logits;
    if (!heat_map.is_null()) json["heatmap"] = heat_map;
    print_json(json);
}

/// Prints as many predictions in a row as fit, and the others below them.
void PredictionOutput::print_row(const std::string& image, const infer::Classification& result) const {
    for (size_t i = 0; i < result.top.size(); i += across_) {
        std::string line = in_column(i == 0 ? printable(image) : "", image_width_, true);
        for (size_t j = i; j < std::min(i + across_, result.top.size()); ++j)
            line += fmt::format("{:{}}{} {:>{}.1f}", "", gap,
                                in_column(printable(result.top[j].name), name_width_),
                                100 * result.top[j].probability, percent_width - 1);
        fmt::print("{}\n", line);
    }
}

}  // namespace vkm::apps
