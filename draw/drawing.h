#pragma once

#include <draw/colour.h>

#include <string>
#include <variant>
#include <vector>

namespace vkm::draw {

/// Names colours by what they are for, so that a drawing suits light and dark paper.
enum class Ink : uint8_t { paper, text, faint_text, grid };
using Paint = std::variant<Ink, Colour>;

struct Point {
    double x = 0, y = 0;

    bool operator==(const Point&) const = default;
};

/// A line through points, with round ends and corners. One point is a dot.
struct Line {
    std::vector<Point> points;
    Paint paint = Ink::text;
    double width = 1, opacity = 1;
};

struct Box {
    Point corner;  ///< upper left
    double width = 0, height = 0;
    Paint fill = Ink::text;
};

enum class Anchor : uint8_t { start, middle, end };

/// One line of text in any language.
struct Text {
    Point at;  ///< of the baseline's start, middle or end
    std::string utf8;
    double size = 12;
    Paint paint = Ink::text;
    Anchor anchor = Anchor::start;
    double most = 0;       ///< width that the text is shortened to; 0: any
    bool upwards = false;  ///< turned by a quarter, from below to above
};

using Shape = std::variant<Line, Box, Text>;

/// Holds a picture as the shapes it consists of, painted in their order on paper; lengths are in pixels of
/// 1/96 inch, from the upper left corner. svg() and pixels() make files of it.
struct Drawing {
    double width = 0, height = 0;
    std::string title;  ///< what readers are told that cannot see it
    std::vector<Shape> shapes;
};

}  // namespace vkm::draw
