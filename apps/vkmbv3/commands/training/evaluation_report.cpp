#include "commands/training/evaluation_report.h"

#include "cli/png_file.h"
#include "cli/usage_error.h"
#include "commands/training/report_page.h"

#include <base/atomic_file.h>
#include <base/text.h>
#include <draw/contact_sheet.h>
#include <draw/matrix_chart.h>
#include <draw/svg.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <set>

namespace vkm::apps {
namespace {

namespace fs = std::filesystem;

constexpr std::array files{"index.html",     "report.json",   "classes.csv", "confusion.csv",
                           "confusions.csv", "confusion.svg", "worst.png"};
constexpr size_t worst_images = 36;
constexpr size_t most_in_matrix = 40;  // classes of the drawing: more cannot be read
constexpr size_t most_in_table =
    5000;  // classes of confusion.csv: more would be hundreds of megabytes of zeros

// Returns a field of a CSV file (RFC 4180).
std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text)
        quoted += c == '"' ? "\"\"" : std::string(1, c);
    return quoted + '"';
}

std::string classes_csv(const std::vector<std::string>& names, const train::ClassReport& report) {
    std::string csv = "class,label,images,top1,top5,predictions,precision\n";
    for (size_t i = 0; i < names.size(); ++i) {
        const train::ClassScore& score = report.classes()[i];
        fmt::format_to(std::back_inserter(csv), "{},{},{},{},{},{},{}\n", i, csv_field(names[i]),
                       score.images, share_text(score.top1_hits, score.images),
                       share_text(score.top5_hits, score.images), score.predictions,
                       share_text(score.top1_hits, score.predictions));
    }
    return csv;
}

std::string confusion_csv(const std::vector<std::string>& names, const train::ClassReport& report) {
    const auto classes = static_cast<int>(names.size());
    std::string csv = "label";
    for (const std::string& name : names)
        csv += "," + csv_field(name);
    csv += '\n';
    for (int row = 0; row < classes; ++row) {
        csv += csv_field(names[static_cast<size_t>(row)]);
        for (int column = 0; column < classes; ++column)
            fmt::format_to(std::back_inserter(csv), ",{}", report.images(row, column));
        csv += '\n';
    }
    return csv;
}

std::string confusions_csv(const std::vector<std::string>& names,
                           const std::vector<train::Confusion>& confusions) {
    std::string csv = "label,predicted,images\n";
    for (const train::Confusion& c : confusions)
        csv += fmt::format("{},{},{}\n", csv_field(names[static_cast<size_t>(c.label)]),
                           csv_field(names[static_cast<size_t>(c.predicted)]), c.images);
    return csv;
}

// Returns the classes for the drawing: all, or those with the most confusions, in their order.
std::vector<int> shown_classes(size_t classes, const std::vector<train::Confusion>& confusions) {
    std::vector<int> all;
    if (classes <= most_in_matrix) {
        for (size_t i = 0; i < classes; ++i)
            all.push_back(static_cast<int>(i));
        return all;
    }
    std::set<int> chosen;
    for (const train::Confusion& c : confusions) {
        if (chosen.size() + 2 > most_in_matrix) break;
        chosen.insert({c.label, c.predicted});
    }
    return {chosen.begin(), chosen.end()};
}

draw::MatrixChart matrix_of(const std::vector<std::string>& names, const train::ClassReport& report,
                            const std::vector<train::Confusion>& confusions) {
    const std::vector<int> shown = shown_classes(names.size(), confusions);
    draw::MatrixChart chart{.title = "confusion matrix",
                            .row_title = "label",
                            .column_title = "prediction",
                            .names = {},
                            .counts = {}};
    if (shown.size() < names.size())
        chart.title =
            fmt::format("confusion matrix: the {} most confused of {} classes", shown.size(), names.size());
    for (const int row : shown) {
        chart.names.push_back(names[static_cast<size_t>(row)]);
        for (const int column : shown)
            chart.counts.push_back(static_cast<double>(report.images(row, column)));
    }
    return chart;
}

// Returns a sample as bytes; one that is normalised already as the model's mean and deviation say.
image::Image picture_of(const train::Sample& sample, const graph::ModelConfig& model) {
    if (const auto* image = std::get_if<image::Image>(&sample)) return *image;
    const auto& floats = std::get<image::FloatImage>(sample);
    image::Image image{floats.height, floats.width, std::vector<uint8_t>(floats.rgb.size())};
    for (size_t i = 0; i < floats.rgb.size(); ++i)
        image.rgb[i] = static_cast<uint8_t>(std::lround(
            std::clamp((floats.rgb[i] * model.std[i % 3] + model.mean[i % 3]) * 255, 0.0, 255.0)));
    return image;
}

image::Image worst_sheet(const EvaluationReport& about, const std::vector<std::string>& names,
                         const std::vector<train::JudgedImage>& worst, const train::Dataset& data) {
    constexpr draw::Colour right{26, 127, 55}, wrong{207, 34, 46}, faint{89, 99, 110};
    std::vector<draw::Tile> tiles;
    for (const train::JudgedImage& image : worst) {
        const bool hit = image.label == image.predicted;
        const fs::path file = data.name(image.index);
        tiles.push_back({picture_of(data.sample(image.index), about.model),
                         {{names[static_cast<size_t>(image.label)]},
                          {fmt::format("{:.0f} % {}", 100 * image.confidence,
                                       names[static_cast<size_t>(image.predicted)]),
                           hit ? right : wrong},
                          {fmt::format("loss {:.2f}", image.loss), faint},
                          {file.filename().string(), faint}}});
    }
    return draw::contact_sheet(tiles);
}

nlohmann::json share(int64_t part, int64_t whole) {
    return whole > 0 ? nlohmann::json(static_cast<double>(part) / static_cast<double>(whole))
                     : nlohmann::json();
}

nlohmann::ordered_json as_json(const EvaluationReport& about, const std::vector<std::string>& names,
                               const train::ClassReport& report,
                               const std::vector<train::Confusion>& confusions, const train::Dataset& data) {
    nlohmann::ordered_json json{{"weights", about.weights},
                                {"data", about.data},
                                {"model", graph::model_name(about.model.model)},
                                {"images", about.result.images},
                                {"loss", about.result.loss},
                                {"top1", about.result.top1},
                                {"top5", about.result.top5},
                                {"classes", nlohmann::json::array()},
                                {"confusions", nlohmann::json::array()},
                                {"worst", nlohmann::json::array()}};
    for (size_t i = 0; i < names.size(); ++i) {
        const train::ClassScore& score = report.classes()[i];
        json["classes"].push_back(
            nlohmann::ordered_json{{"class", i},
                                   {"label", names[i]},
                                   {"images", score.images},
                                   {"top1", share(score.top1_hits, score.images)},
                                   {"top5", share(score.top5_hits, score.images)},
                                   {"predictions", score.predictions},
                                   {"precision", share(score.top1_hits, score.predictions)}});
    }
    for (const train::Confusion& c : confusions)
        json["confusions"].push_back(
            nlohmann::ordered_json{{"class", c.label}, {"predicted", c.predicted}, {"images", c.images}});
    for (const train::JudgedImage& image : report.worst())
        json["worst"].push_back(nlohmann::ordered_json{{"image", data.name(image.index)},
                                                       {"class", image.label},
                                                       {"predicted", image.predicted},
                                                       {"confidence", image.confidence},
                                                       {"loss", image.loss}});
    return json;
}

}  // namespace

namespace {

void prepare(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (!fs::is_directory(folder))
        throw UsageError(fmt::format("--report {}: the folder cannot be made{}", folder.string(),
                                     error ? ": " + error.message() : ""));
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (std::ranges::find(files, name) == files.end())
            throw UsageError(fmt::format("--report {}: the folder holds something else ({}); name a new one",
                                         folder.string(), printable(name)));
    }
}

}  // namespace

EvaluationReporter::EvaluationReporter(fs::path folder, EvaluationReport about,
                                       std::shared_ptr<const train::Dataset> data)
    : folder_(std::move(folder)),
      about_(std::move(about)),
      data_(std::move(data)),
      counts_(static_cast<int>(about_.model.num_classes), worst_images) {
    for (int64_t i = std::ssize(about_.class_names); i < about_.model.num_classes; ++i)
        about_.class_names.push_back(std::to_string(i));
    prepare(folder_);
}

train::Evaluator::OnLogits EvaluationReporter::on_logits() {
    return [this](const train::Batch& batch, const graph::HostTensor& logits) {
        const auto count = static_cast<size_t>(logits.shape.c);
        for (size_t i = 0; i < static_cast<size_t>(batch.count); ++i)
            counts_.add(batch.indices[i], batch.labels[i],
                        std::span(logits.values).subspan(i * count, count));
    };
}

void EvaluationReporter::write(const train::Evaluation& result) {
    about_.result = result;
    const std::vector<std::string>& names = about_.class_names;
    const std::vector<train::Confusion> confusions = counts_.confusions();
    const std::string matrix = draw::svg(draw_matrix(matrix_of(names, counts_, confusions)));
    write_atomically(folder_ / "classes.csv", classes_csv(names, counts_));
    if (names.size() <= most_in_table)
        write_atomically(folder_ / "confusion.csv", confusion_csv(names, counts_));
    write_atomically(folder_ / "confusions.csv", confusions_csv(names, confusions));
    write_atomically(folder_ / "confusion.svg", matrix);
    write_png(folder_ / "worst.png", worst_sheet(about_, names, counts_.worst(), *data_));
    write_atomically(folder_ / "report.json",
                     as_json(about_, names, counts_, confusions, *data_)
                             .dump(1, ' ', false, nlohmann::json::error_handler_t::replace) +
                         "\n");
    write_atomically(folder_ / "index.html", report_page(about_, counts_, confusions, matrix));
}

}  // namespace vkm::apps
