#include <draw/chart_text.h>
#include <draw/line_chart.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace vkm::draw {
namespace {

constexpr double width = 860, panel_height = 210, gap = 46, left = 64, right = 20, line_height = 18;

struct Range {
    double least = std::numeric_limits<double>::infinity(), most = -least;

    void add(double value) {
        least = std::min(least, value);
        most = std::max(most, value);
    }
    bool empty() const { return !(least <= most); }
};

bool shown(const Panel& panel, const Point& p) {
    return std::isfinite(p.x) && std::isfinite(p.y) && (panel.scale == Scale::linear || p.y > 0);
}

// Returns a part of a curve in a drawing's pixels, with at most four points for each of their columns: its
// first, lowest, highest and last. More cannot be told apart.
std::vector<Point> thinned(const std::vector<Point>& points) {
    std::vector<Point> thin;
    for (size_t begin = 0; begin < points.size();) {
        size_t end = begin + 1;
        while (end < points.size() && std::floor(points[end].x) == std::floor(points[begin].x))
            ++end;
        const auto first = points.begin() + static_cast<std::ptrdiff_t>(begin);
        const auto last = points.begin() + static_cast<std::ptrdiff_t>(end);
        if (end - begin <= 4) {
            thin.insert(thin.end(), first, last);
        } else {
            auto [lowest, highest] =
                std::minmax_element(first, last, [](auto& a, auto& b) { return a.y < b.y; });
            if (highest < lowest) std::swap(lowest, highest);
            thin.insert(thin.end(), {*first, *lowest, *highest, *(last - 1)});
        }
        begin = end;
    }
    return thin;
}

/// Draws one panel with its upper edge at `top`.
class PanelDrawing {
  public:
    PanelDrawing(Drawing& drawing, const Panel& panel, const Axis& x, double top)
        : drawing_(drawing), panel_(panel), x_(x), top_(top) {
        Range range;
        for (const Curve& curve : panel.curves)
            for (const Point& p : curve.points)
                if (shown(panel, p)) range.add(p.y);
        empty_ = range.empty();
        y_ = empty_ ? Axis{} : axis(panel.scale, range.least, range.most, 5);
    }

    void draw() {
        drawing_.shapes.push_back(Text{.at = {left, top_ - 8},
                                       .utf8 = panel_.title,
                                       .size = text_size + 1,
                                       .most = width - left - right});
        for (const Tick& tick : x_.ticks)
            rule({across(tick.value), top_}, {across(tick.value), top_ + panel_height});
        for (const Tick& tick : y_.ticks) {
            rule({left, down(tick.value)}, {width - right, down(tick.value)});
            const std::string label =
                panel_.percent ? round_number(100 * tick.value, 100 * step()) + " %" : tick.label;
            drawing_.shapes.push_back(Text{.at = {left - 8, down(tick.value) + text_size / 3},
                                           .utf8 = label,
                                           .size = text_size,
                                           .paint = Ink::faint_text,
                                           .anchor = Anchor::end});
        }
        if (empty_)
            drawing_.shapes.push_back(Text{.at = {(left + width - right) / 2, top_ + panel_height / 2},
                                           .utf8 = "nothing yet",
                                           .size = text_size,
                                           .paint = Ink::faint_text,
                                           .anchor = Anchor::middle});
        for (const bool faint : {true, false})
            for (const Curve& curve : panel_.curves)
                if ((curve.style == LineStyle::faint) == faint) this->curve(curve);
    }

  private:
    double step() const { return y_.ticks.size() > 1 ? y_.ticks[1].value - y_.ticks[0].value : 1; }
    double across(double x) const { return left + (width - left - right) * x_.place(x); }
    double down(double y) const { return top_ + panel_height * (1 - y_.place(y)); }

    void rule(const Point& from, const Point& to) {
        drawing_.shapes.push_back(Line{.points = {from, to}, .paint = Ink::grid, .width = 1});
    }

    void curve(const Curve& curve) {
        std::vector<Point> part;
        for (const Point& p : curve.points) {
            const Point place{across(p.x), down(p.y)};
            if (shown(panel_, p) && std::isfinite(place.y))
                part.push_back(place);
            else
                stroke(curve, std::exchange(part, {}));
        }
        stroke(curve, part);
    }

    void stroke(const Curve& curve, const std::vector<Point>& part) {
        if (part.empty()) return;
        const bool faint = curve.style == LineStyle::faint;
        std::vector<Point> points = thinned(part);
        // A mark at each of more points than there is room for would hide the line.
        constexpr size_t most_marks = 80;
        if (points.size() == 1 || (curve.style == LineStyle::marked && points.size() <= most_marks))
            for (const Point& p : points)
                drawing_.shapes.push_back(Line{.points = {p}, .paint = curve.colour, .width = 5});
        drawing_.shapes.push_back(Line{.points = std::move(points),
                                       .paint = curve.colour,
                                       .width = faint ? 1.0 : 1.6,
                                       .opacity = faint ? 0.3 : 1.0});
    }

    Drawing& drawing_;
    const Panel& panel_;
    const Axis& x_;
    const double top_;
    Axis y_;
    bool empty_ = false;
};

// Draws names beside lines in their colours, one below another, and returns where they end.
double draw_legend(Drawing& drawing, const std::vector<LegendEntry>& legend, double top) {
    constexpr double sample = 22;
    for (const LegendEntry& entry : legend) {
        const double middle = top + line_height / 2;
        drawing.shapes.push_back(
            Line{.points = {{left, middle}, {left + sample, middle}}, .paint = entry.colour, .width = 3});
        drawing.shapes.push_back(Text{.at = {left + sample + 8, middle + text_size / 3},
                                      .utf8 = entry.name,
                                      .size = text_size,
                                      .most = width - left - sample - 8 - right});
        top += line_height;
    }
    return top;
}

}  // namespace

Drawing draw_lines(const LineChart& chart) {
    Drawing drawing{.width = width, .height = 0, .title = chart.title, .shapes = {}};
    drawing.shapes.push_back(
        Text{.at = {left, 28}, .utf8 = chart.title, .size = title_size, .most = width - left - right});
    double top = draw_legend(drawing, chart.legend, 40);
    Range range;
    for (const Panel& panel : chart.panels)
        for (const Curve& curve : panel.curves)
            for (const Point& p : curve.points)
                if (shown(panel, p)) range.add(p.x);
    constexpr double near_zero = 0.05;  // of the range: steps are counted from 1, and an axis of them from 0
    if (!range.empty() && range.least > 0 && range.least < near_zero * range.most) range.least = 0;
    Axis x = range.empty() ? axis(Scale::linear, 0, 1, 8) : axis(Scale::linear, range.least, range.most, 8);
    if (!range.empty() && range.least < range.most) {  // ends where the curves do
        x.least = range.least;
        x.most = range.most;
        std::erase_if(x.ticks, [&](const Tick& t) { return t.value < x.least || t.value > x.most; });
    }
    for (const Panel& panel : chart.panels) {
        PanelDrawing(drawing, panel, x, top + gap - 8).draw();
        top += gap + panel_height;
    }
    for (const Tick& tick : x.ticks)
        drawing.shapes.push_back(Text{.at = {left + (width - left - right) * x.place(tick.value), top + 10},
                                      .utf8 = tick.label,
                                      .size = text_size,
                                      .paint = Ink::faint_text,
                                      .anchor = Anchor::middle});
    drawing.shapes.push_back(Text{.at = {(left + width - right) / 2, top + 30},
                                  .utf8 = chart.x_title,
                                  .size = text_size,
                                  .paint = Ink::faint_text,
                                  .anchor = Anchor::middle});
    drawing.height = top + 44;
    return drawing;
}

}  // namespace vkm::draw
