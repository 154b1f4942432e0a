#pragma once

#include <draw/axis.h>
#include <draw/drawing.h>

#include <string>
#include <vector>

namespace vkm::draw {

enum class LineStyle : uint8_t {
    plain,
    faint,  ///< behind the others: what a plain line smooths
    marked  ///< a dot at each point
};

struct Curve {
    std::vector<Point> points;  ///< in order of x; a y that is no number is a gap
    Colour colour;
    LineStyle style = LineStyle::plain;
};

/// Holds curves that share a y axis.
struct Panel {
    std::string title;
    Scale scale = Scale::linear;  ///< logarithmic leaves out what is not above 0
    bool percent = false;         ///< y are fractions, shown as percentages
    std::vector<Curve> curves;
};

struct LegendEntry {
    std::string name;
    Colour colour;
};

/// Holds panels one below another over one x axis.
struct LineChart {
    std::string title, x_title;
    std::vector<LegendEntry> legend;
    std::vector<Panel> panels;
};

/// Draws a chart. Curves of any number of points are drawn with no more detail than can be seen.
Drawing draw_lines(const LineChart&);

}  // namespace vkm::draw
