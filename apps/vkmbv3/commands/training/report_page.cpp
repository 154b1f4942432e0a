#include "commands/training/report_page.h"

#include <draw/svg.h>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>

namespace vkm::apps {
namespace {

constexpr size_t most_confusions = 100;

constexpr const char* style = R"(<style>
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse}
th,td{padding:.15rem .8rem;border-bottom:1px solid #8884;text-align:right}
th:first-child,td:first-child,.name{text-align:left;overflow-wrap:anywhere}
img,svg{max-width:100%;height:auto}
</style>
)";

std::string percent(int64_t part, int64_t whole) {
    return whole > 0 ? fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole))
                     : "–";
}

std::string class_rows(const std::vector<std::string>& names, const train::ClassReport& report) {
    std::vector<size_t> order(names.size());
    std::iota(order.begin(), order.end(), size_t{0});
    const auto accuracy = [&](size_t i) {  // those without images last
        const train::ClassScore& score = report.classes()[i];
        return score.images > 0 ? static_cast<double>(score.top1_hits) / static_cast<double>(score.images)
                                : 2;
    };
    std::ranges::stable_sort(order, {}, accuracy);
    std::string rows;
    for (const size_t i : order) {
        const train::ClassScore& score = report.classes()[i];
        fmt::format_to(std::back_inserter(rows), "<tr><td>{}<td>{}<td>{}<td>{}<td>{}\n",
                       draw::escaped(names[i]), score.images, percent(score.top1_hits, score.images),
                       percent(score.top5_hits, score.images), percent(score.top1_hits, score.predictions));
    }
    return rows;
}

std::string confusion_rows(const std::vector<std::string>& names,
                           const std::vector<train::Confusion>& confusions) {
    std::string rows;
    for (size_t i = 0; i < std::min(confusions.size(), most_confusions); ++i)
        fmt::format_to(std::back_inserter(rows), "<tr><td>{}<td class=\"name\">{}<td>{}\n",
                       draw::escaped(names[static_cast<size_t>(confusions[i].label)]),
                       draw::escaped(names[static_cast<size_t>(confusions[i].predicted)]),
                       confusions[i].images);
    return rows;
}

}  // namespace

std::string share_text(int64_t part, int64_t whole) {
    return whole > 0 ? fmt::format("{:.4f}", static_cast<double>(part) / static_cast<double>(whole)) : "";
}

std::string report_page(const EvaluationReport& about, const train::ClassReport& report,
                        const std::vector<train::Confusion>& confusions, const std::string& matrix_svg) {
    const std::string weights = draw::escaped(about.weights);
    const std::vector<std::string>& names = about.class_names;
    std::string page = fmt::format(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\n<title>{}</title>\n", weights);
    page += style;
    fmt::format_to(std::back_inserter(page),
                   "<h1>{}</h1>\n<p>{} on {}: {} images, loss {:.4f}, top-1 {:.2f} %, top-5 {:.2f} %</p>\n",
                   weights, draw::escaped(graph::model_name(about.model.model)), draw::escaped(about.data),
                   about.result.images, about.result.loss, 100 * about.result.top1, 100 * about.result.top5);
    page += "<h2>Confusion matrix</h2>\n" + matrix_svg;
    page +=
        "<h2>Most frequent confusions</h2>\n<p>All of them: <a href=\"confusions.csv\">confusions.csv</a></p>\n";
    page += "<table><tr><th>label<th class=\"name\">prediction<th>images\n" +
            confusion_rows(names, confusions) + "</table>\n";
    page +=
        "<h2>Largest losses</h2>\n<img src=\"worst.png\" alt=\"the images with the largest losses, with label, "
        "prediction and confidence\">\n";
    page += "<h2>Classes, the least accurate first</h2>\n<p><a href=\"classes.csv\">classes.csv</a></p>\n";
    page += "<table><tr><th>class<th>images<th>top-1<th>top-5<th>precision\n" + class_rows(names, report) +
            "</table>\n";
    return page + "</html>\n";
}

}  // namespace vkm::apps
