#include "commands/heat_map_pictures.h"

#include "cli/file_names.h"
#include "cli/png_file.h"
#include "cli/usage_error.h"

#include <base/text.h>
#include <draw/contact_sheet.h>
#include <draw/heat.h>
#include <image/decode/decode.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace vkm::apps {
namespace {

constexpr int side = 320;  // of each picture on a sheet, pixels
constexpr size_t most_columns = 3;

int64_t class_of(const std::string& text, const std::vector<std::string>& names, int64_t classes) {
    if (const auto name = std::ranges::find(names, text); name != names.end()) return name - names.begin();
    int64_t number = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size() && number >= 0 && number < classes)
        return number;
    const std::vector<std::string_view> words(names.begin(), names.end());
    throw UsageError(
        fmt::format("--heatmap-class {}: the network has no such class{}; give its name, or its number "
                    "from 0 to {}",
                    printable(text), did_you_mean(text, words), classes - 1));
}

// Returns where a part of an image is when the image is scaled.
image::Rectangle scaled(const image::Rectangle& part, const image::Image& from, const image::Image& to) {
    const auto place = [](int at, int length, int new_length) {
        return static_cast<int>(std::lround(static_cast<double>(at) * new_length / length));
    };
    const int top = place(part.top, from.height, to.height), left = place(part.left, from.width, to.width);
    return {.top = top,
            .left = left,
            .height = place(part.top + part.height, from.height, to.height) - top,
            .width = place(part.left + part.width, from.width, to.width) - left};
}

nlohmann::json rows_of(const infer::HeatMap& map) {
    nlohmann::json rows = nlohmann::json::array();
    for (auto row = map.values.begin(); row != map.values.end(); row += map.width)
        rows.push_back(std::vector<double>(row, row + map.width));
    return rows;
}

}  // namespace

void HeatMapArguments::add(CLI::App& app) {
    app.add_option(
        "--heatmap", out,
        "folder for a PNG file an image (of one image also FILE.png): where in it the network saw the "
        "classes, by Grad-CAM");
    app.add_option("--heatmap-class", classes,
                   "with --heatmap: a class to look for, by name or number, instead of the "
                   "most probable ones")
        ->allow_extra_args(false);
}

HeatMapPictures::HeatMapPictures(const HeatMapArguments& arguments, size_t images,
                                 const graph::ModelConfig& config, std::vector<std::string> class_names)
    : out_(arguments.out), config_(config), class_names_(std::move(class_names)) {
    if (is_of_another_format(out_) && !std::filesystem::is_directory(out_))
        throw UsageError(fmt::format("--heatmap {}: heat maps are PNG files: name one, or a folder for them",
                                     out_.string()));
    one_file_ = extension_of(out_) == ".png" && !std::filesystem::is_directory(out_);
    if (one_file_ && images > 1)
        throw UsageError(fmt::format("--heatmap {}: one file cannot hold {} images; name a folder",
                                     out_.string(), images));
    for (const std::string& text : arguments.classes)
        classes_.push_back(class_of(text, class_names_, config.num_classes));
}

void HeatMapPictures::open(graph::PlannedDevice& device, const graph::StateDict& weights,
                           const infer::HeatMaps::Options& options) {
    infer::HeatMaps::Options own = options;
    if (!classes_.empty()) own.classes = static_cast<int64_t>(classes_.size());
    maps_.emplace(device, config_, weights, own);
    const std::filesystem::path folder = one_file_ ? out_.parent_path() : out_;
    if (!folder.empty()) std::filesystem::create_directories(folder);
}

std::vector<infer::Prediction> HeatMapPictures::explained(const infer::Classification& result) const {
    if (classes_.empty()) return result.top;
    const double largest = *std::ranges::max_element(result.logits);
    double sum = 0;
    for (const double logit : result.logits)
        sum += std::exp(logit - largest);
    std::vector<infer::Prediction> list;
    for (const int64_t label : classes_) {
        const auto i = static_cast<size_t>(label);
        list.push_back({label, i < class_names_.size() ? class_names_[i] : std::to_string(label),
                        std::exp(result.logits[i] - largest) / sum});
    }
    return list;
}

// Images of one name in several folders get a number each.
std::filesystem::path HeatMapPictures::file_for(const std::string& image) {
    if (one_file_) return out_;
    const std::string stem = std::filesystem::path(image).stem().string();
    const int number = ++written_[stem];
    return out_ / (number == 1 ? fmt::format("{}.heatmap.png", stem)
                               : fmt::format("{}-{}.heatmap.png", stem, number));
}

nlohmann::json HeatMapPictures::write(const std::string& image, const infer::Classification& result) {
    const image::Image whole = image::decode_image(std::filesystem::path(image));
    const std::vector<infer::Prediction> shown = explained(result);
    std::vector<int64_t> labels;
    for (const infer::Prediction& p : shown)
        labels.push_back(p.label);
    const infer::Explanation explanation = maps_->explain(whole, labels);

    const image::Image picture = draw::fitted(whole, side);
    const image::Rectangle seen = scaled(explanation.seen, whole, picture);
    std::vector<draw::Tile> tiles{{picture, {{std::filesystem::path(image).filename().string()}}}};
    nlohmann::json maps = nlohmann::json::array();
    for (size_t i = 0; i < shown.size(); ++i) {
        const infer::HeatMap& map = explanation.maps[i];
        tiles.push_back({draw::overlaid(picture, {map.height, map.width, map.values}, seen),
                         {{shown[i].name}, {fmt::format("{:.1f} %", 100 * shown[i].probability)}}});
        maps.push_back({{"class", shown[i].label}, {"label", shown[i].name}, {"values", rows_of(map)}});
    }
    const std::filesystem::path file = file_for(image);
    const auto columns = static_cast<int>(std::min(tiles.size(), most_columns));
    write_png(file, draw::contact_sheet(tiles, {.columns = columns, .side = side}));
    const image::Rectangle& part = explanation.seen;
    return {
        {"file", file.string()}, {"seen", {part.left, part.top, part.width, part.height}}, {"maps", maps}};
}

}  // namespace vkm::apps
