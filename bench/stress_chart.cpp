#include <base/quantile.h>
#include <bench/stress_chart.h>
#include <draw/line_chart.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vkm::bench {
namespace {

std::vector<double> rates(const std::vector<StressPass>& passes) {
    std::vector<double> values;
    for (const StressPass& pass : passes)
        values.push_back(pass.images_per_second);
    return values;
}

}  // namespace

Course course_of(const std::vector<StressPass>& passes) {
    const std::vector<double> all = rates(passes);
    if (all.empty()) return {};
    const auto tenth = static_cast<std::ptrdiff_t>(std::max<size_t>(1, all.size() / 10));
    const auto [least, most] = std::ranges::minmax(all);
    return {median({all.begin(), all.begin() + tenth}), median({all.end() - tenth, all.end()}), least, most};
}

draw::Drawing stress_chart(const std::vector<StressPass>& passes, const std::string& title) {
    draw::Curve curve{.points = {}, .colour = draw::series_colour(0)};
    for (const StressPass& pass : passes)
        curve.points.push_back({pass.at, pass.images_per_second});
    // From 0 on, so that a slump looks as large as it is.
    draw::Curve zero{.points = {{0, 0}}, .colour = draw::series_colour(0), .style = draw::LineStyle::faint};
    return draw::draw_lines(
        {.title = title,
         .x_title = "seconds",
         .legend = {},
         .panels = {{.title = "images a second", .curves = {std::move(zero), std::move(curve)}}}});
}

std::string stress_text(const std::vector<StressPass>& passes, size_t columns) {
    constexpr std::array bars{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    const std::vector<double> all = rates(passes);
    if (all.empty()) return "no pass";
    const size_t count = std::min(columns, all.size());
    const Course course = course_of(passes);
    std::string text;
    for (size_t i = 0; i < count; ++i) {
        const auto begin = all.begin() + static_cast<std::ptrdiff_t>(i * all.size() / count);
        const auto end = all.begin() + static_cast<std::ptrdiff_t>((i + 1) * all.size() / count);
        const double share = median({begin, end}) / course.most;
        text += bars[std::min<size_t>(bars.size() - 1, static_cast<size_t>(share * bars.size()))];
    }
    return fmt::format("{}  {:.1f} to {:.1f} images a second", text, course.least, course.most);
}

}  // namespace vkm::bench
