#include <draw/canvas.h>
#include <draw/line_chart.h>
#include <draw/svg.h>

#include <gtest/gtest.h>

#include <cmath>

namespace vkm::draw {
namespace {

std::vector<Line> curves(const Drawing& drawing, Colour colour) {
    std::vector<Line> lines;
    for (const Shape& shape : drawing.shapes)
        if (const auto* line = std::get_if<Line>(&shape); line && line->paint == Paint(colour))
            lines.push_back(*line);
    return lines;
}

constexpr Colour blue{0, 0, 255};

LineChart chart_of(std::vector<Point> points, Scale scale = Scale::linear) {
    return {.title = "title",
            .x_title = "step",
            .legend = {},
            .panels = {
                {.title = "loss", .scale = scale, .curves = {{std::move(points), blue, LineStyle::plain}}}}};
}

TEST(LineChartTest, RisesWithItsValues) {
    const std::vector<Line> lines = curves(draw_lines(chart_of({{1, 1}, {2, 4}, {3, 2}})), blue);
    ASSERT_EQ(lines.size(), 1u);
    const std::vector<Point>& p = lines[0].points;
    ASSERT_EQ(p.size(), 3u);
    EXPECT_LT(p[0].x, p[1].x);
    EXPECT_DOUBLE_EQ(p[2].x - p[1].x, p[1].x - p[0].x);
    EXPECT_NEAR((p[0].y - p[1].y) / (p[0].y - p[2].y), 3, 1e-9);
}

TEST(LineChartTest, LeavesGapsWhereThereIsNoNumber) {
    EXPECT_EQ(curves(draw_lines(chart_of({{1, 1}, {2, 1}, {3, NAN}, {4, 1}, {5, 2}})), blue).size(), 2u);
    const std::vector<Line> logarithmic =
        curves(draw_lines(chart_of({{1, 1}, {2, 0}, {3, 10}}, Scale::logarithmic)), blue);
    EXPECT_EQ(logarithmic.size(), 4u) << "two lines of one point, each with its mark";
}

TEST(LineChartTest, ThinsLongCurvesAndKeepsTheirPeaks) {
    std::vector<Point> points;
    for (int i = 0; i < 100000; ++i)
        points.push_back({static_cast<double>(i), i == 54321 ? 100.0 : std::sin(i)});
    const std::vector<Line> lines = curves(draw_lines(chart_of(points)), blue);
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_LT(lines[0].points.size(), 4000u);
    double highest = 1e9, lowest = 0;
    for (const Point& p : lines[0].points) {
        highest = std::min(highest, p.y);
        lowest = std::max(lowest, p.y);
    }
    EXPECT_GT(lowest - highest, 200);
}

TEST(LineChartTest, DrawsNumbersOfAnySize) {
    for (const double huge : {1e30, 1e300, 1.7e308})
        for (const Scale scale : {Scale::linear, Scale::logarithmic}) {
            const Drawing drawing =
                draw_lines(chart_of({{1, huge}, {2, -huge}, {3, 1 / huge}, {4, huge}}, scale));
            EXPECT_EQ(svg(drawing).find("nan"), std::string::npos);
            EXPECT_EQ(svg(drawing).find("inf"), std::string::npos);
            EXPECT_GT(pixels(drawing, 0.5).width, 0);
        }
}

TEST(LineChartTest, DrawsAChartOfNothing) {
    const Drawing drawing = draw_lines(chart_of({}));
    EXPECT_GT(drawing.height, 200);
    EXPECT_EQ(pixels(drawing, 0.5).width, static_cast<int>(std::ceil(drawing.width / 2)));
}

}  // namespace
}  // namespace vkm::draw
