#include <draw/chart_text.h>
#include <draw/matrix_chart.h>

#include <fmt/format.h>

#include <algorithm>

namespace vkm::draw {
namespace {

constexpr double label_length = 150, margin = 20;
constexpr size_t most_counted = 25;  // names, up to which fields have room for their counts

double field_size(size_t names) {
    if (names <= 12) return 40;
    return names <= most_counted ? 30 : 16;
}

}  // namespace

Drawing draw_matrix(const MatrixChart& chart) {
    const size_t n = chart.names.size();
    const double field = field_size(n), side = field * static_cast<double>(n),
                 left = margin + 20 + label_length, top = 60 + label_length;
    Drawing drawing{.width = std::max(left + side + margin, 480.0),
                    .height = top + side + margin,
                    .title = chart.title,
                    .shapes = {}};
    const auto write = [&](Text text) { drawing.shapes.push_back(std::move(text)); };
    write({.at = {margin, 28}, .utf8 = chart.title, .size = title_size, .most = drawing.width - 2 * margin});
    write({.at = {left + side / 2, 52},
           .utf8 = chart.column_title,
           .size = text_size,
           .paint = Ink::faint_text,
           .anchor = Anchor::middle});
    write({.at = {margin + text_size, top + side / 2},
           .utf8 = chart.row_title,
           .size = text_size,
           .paint = Ink::faint_text,
           .anchor = Anchor::middle,
           .upwards = true});
    const double name_size = std::min(text_size, field * 0.8);
    for (size_t i = 0; i < n; ++i) {
        const double middle = (static_cast<double>(i) + 0.5) * field + name_size / 3;
        write({.at = {left - 6, top + middle},
               .utf8 = chart.names[i],
               .size = name_size,
               .anchor = Anchor::end,
               .most = label_length - 6});
        write({.at = {left + middle, top - 6},
               .utf8 = chart.names[i],
               .size = name_size,
               .most = label_length - 6,
               .upwards = true});
    }
    for (size_t row = 0; row < n; ++row) {
        const auto counts = chart.counts.begin() + static_cast<std::ptrdiff_t>(row * n);
        double sum = 0;
        for (size_t column = 0; column < n; ++column)
            sum += counts[static_cast<std::ptrdiff_t>(column)];
        for (size_t column = 0; column < n; ++column) {
            const double count = counts[static_cast<std::ptrdiff_t>(column)];
            if (!(count > 0)) continue;
            constexpr double least_shade = 0.08;  // one of many is still seen
            const double share = count / sum;
            const Colour colour = colour_of(ColourMap::ink, least_shade + (1 - least_shade) * share);
            const Point corner{left + static_cast<double>(column) * field,
                               top + static_cast<double>(row) * field};
            drawing.shapes.push_back(Box{corner, field, field, colour});
            if (n <= most_counted)
                write({.at = {corner.x + field / 2, corner.y + field / 2 + 4},
                       .utf8 = fmt::format("{}", count),
                       .size = 11,
                       .paint = share > 0.4 ? Colour{255, 255, 255} : Colour{31, 35, 40},
                       .anchor = Anchor::middle});
        }
    }
    for (size_t i = 0; i <= n; ++i) {
        const double at = static_cast<double>(i) * field;
        drawing.shapes.push_back(Line{{{left, top + at}, {left + side, top + at}}, Ink::grid, 1, 1});
        drawing.shapes.push_back(Line{{{left + at, top}, {left + at, top + side}}, Ink::grid, 1, 1});
    }
    return drawing;
}

}  // namespace vkm::draw
