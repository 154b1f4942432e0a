#include <draw/canvas.h>
#include <image/resize.h>

#include <algorithm>
#include <cmath>

namespace vkm::draw {
namespace {

// Returns the distance of a point to the line from a to b.
double distance(const Point& p, const Point& a, const Point& b) {
    const double x = b.x - a.x, y = b.y - a.y, square = x * x + y * y;
    const double along = square > 0 ? std::clamp(((p.x - a.x) * x + (p.y - a.y) * y) / square, 0.0, 1.0) : 0;
    return std::hypot(p.x - a.x - along * x, p.y - a.y - along * y);
}

// Returns the pixel that a place is in, within 0 .. end; 0 of what is no number.
int pixel(double place, int end) {
    return place > 0 ? static_cast<int>(std::min(place, static_cast<double>(end))) : 0;
}

// Returns the share of pixel i between two places.
double overlap(int i, double begin, double end) {
    return std::clamp(std::min(end, i + 1.0) - std::max(begin, static_cast<double>(i)), 0.0, 1.0);
}

// Turns a mask by a quarter, so that what went from left to right goes upwards.
Mask turned(const Mask& mask) {
    Mask upright{mask.height, mask.width, std::vector<uint8_t>(mask.coverage.size())};
    for (int y = 0; y < mask.height; ++y)
        for (int x = 0; x < mask.width; ++x)
            upright.coverage[static_cast<size_t>((mask.width - 1 - x) * mask.height + y)] =
                mask.coverage[static_cast<size_t>(y * mask.width + x)];
    return upright;
}

// Of drawings in pixels, whose paper is white.
constexpr Colour black_on_white(const Paint& paint) {
    if (const auto* colour = std::get_if<Colour>(&paint)) return *colour;
    switch (std::get<Ink>(paint)) {
        case Ink::paper:
            return {255, 255, 255};
        case Ink::text:
            return {31, 35, 40};
        case Ink::faint_text:
            return {89, 99, 110};
        case Ink::grid:
            return {216, 222, 228};
    }
    return {};
}

Point scaled(const Point& p, double scale) {
    return {p.x * scale, p.y * scale};
}

void paint(Canvas& canvas, const Line& line, double scale) {
    std::vector<Point> points;
    for (const Point& p : line.points)
        points.push_back(scaled(p, scale));
    canvas.line(points, line.width * scale, black_on_white(line.paint), line.opacity);
}

void paint(Canvas& canvas, const Box& box, double scale) {
    canvas.box(scaled(box.corner, scale), box.width * scale, box.height * scale, black_on_white(box.fill));
}

void paint(Canvas& canvas, Text text, double scale) {
    text.at = scaled(text.at, scale);
    text.size *= scale;
    text.most *= scale;
    canvas.text(text, black_on_white(text.paint));
}

}  // namespace

Canvas::Canvas(int width, int height, Colour paper)
    : image_{height, width,
             std::vector<uint8_t>(size_t{3} * static_cast<size_t>(width) * static_cast<size_t>(height))} {
    for (size_t i = 0; i < image_.rgb.size(); i += 3) {
        image_.rgb[i] = paper.r;
        image_.rgb[i + 1] = paper.g;
        image_.rgb[i + 2] = paper.b;
    }
}

Canvas::Canvas(image::Image image) : image_(std::move(image)) {}

void Canvas::paint(int x, int y, Colour colour, double weight) {
    uint8_t* const at =
        &image_
             .rgb[3 * (static_cast<size_t>(y) * static_cast<size_t>(image_.width) + static_cast<size_t>(x))];
    const Colour now = mixed({at[0], at[1], at[2]}, colour, weight);
    at[0] = now.r;
    at[1] = now.g;
    at[2] = now.b;
}

void Canvas::box(const Point& corner, double width, double height, Colour colour) {
    const double right = corner.x + width, bottom = corner.y + height;
    for (int y = pixel(corner.y, image_.height); y < std::min<double>(image_.height, bottom); ++y)
        for (int x = pixel(corner.x, image_.width); x < std::min<double>(image_.width, right); ++x)
            paint(x, y, colour, overlap(x, corner.x, right) * overlap(y, corner.y, bottom));
}

void Canvas::line(std::span<const Point> points, double width, Colour colour, double opacity) {
    if (points.empty()) return;
    const double reach = width / 2 + 0.5;  // half a pixel further nothing is covered
    // Returns the pixels that a line between two places may cover.
    const auto around = [&](const Point& least, const Point& most) {
        const int left = pixel(least.x - reach, image_.width), top = pixel(least.y - reach, image_.height);
        return image::Rectangle{.top = top,
                                .left = left,
                                .height = pixel(most.y + reach + 1, image_.height) - top,
                                .width = pixel(most.x + reach + 1, image_.width) - left};
    };
    const auto least = [](const Point& a, const Point& b) {
        return Point{std::min(a.x, b.x), std::min(a.y, b.y)};
    };
    const auto most = [](const Point& a, const Point& b) {
        return Point{std::max(a.x, b.x), std::max(a.y, b.y)};
    };
    Point low = points.front(), high = low;
    for (const Point& p : points) {
        low = least(low, p);
        high = most(high, p);
    }
    const image::Rectangle all = around(low, high);
    std::vector<float> covered(static_cast<size_t>(all.width) * static_cast<size_t>(all.height));
    const auto at = [&](int y, int x) -> float& {
        return covered[static_cast<size_t>(y - all.top) * static_cast<size_t>(all.width) +
                       static_cast<size_t>(x - all.left)];
    };
    for (size_t i = 0; i + 1 < std::max<size_t>(points.size(), 2); ++i) {
        const Point &a = points[i], &b = points[std::min(i + 1, points.size() - 1)];
        const image::Rectangle part = around(least(a, b), most(a, b));
        for (int y = part.top; y < part.top + part.height; ++y)
            for (int x = part.left; x < part.left + part.width; ++x) {
                const double share = std::clamp(reach - distance({x + 0.5, y + 0.5}, a, b), 0.0, 1.0);
                at(y, x) = std::max(at(y, x), static_cast<float>(share));
            }
    }
    for (int y = all.top; y < all.top + all.height; ++y)
        for (int x = all.left; x < all.left + all.width; ++x)
            if (const float share = at(y, x); share > 0)
                paint(x, y, colour, static_cast<double>(share) * std::min(width, 1.0) * opacity);
}

void Canvas::picture(const image::Image& picture, int left, int top) {
    const int begin = std::max(left, 0), end = std::min(left + picture.width, image_.width);
    if (begin >= end) return;
    for (int y = std::max(top, 0); y < std::min(top + picture.height, image_.height); ++y) {
        const auto from =
            picture.rgb.begin() + 3 * ((y - top) * std::ptrdiff_t{picture.width} + begin - left);
        std::copy_n(from, 3 * (end - begin),
                    image_.rgb.begin() + 3 * (y * std::ptrdiff_t{image_.width} + begin));
    }
}

void Canvas::text(const Text& text, Colour colour) {
    const DrawnText drawn = draw_text(text.utf8, static_cast<int>(std::lround(text.size)), text.most);
    const double back = text.anchor == Anchor::start    ? 0
                        : text.anchor == Anchor::middle ? drawn.advance / 2
                                                        : drawn.advance;
    const double along = drawn.left - back;
    const Mask mask = text.upwards ? turned(drawn.mask) : drawn.mask;
    const auto left = static_cast<int>(std::lround(text.at.x + (text.upwards ? -drawn.above : along)));
    const auto top = static_cast<int>(std::lround(
        text.at.y - (text.upwards ? along + drawn.mask.width : static_cast<double>(drawn.above))));
    for (int y = std::max(0, -top); y < mask.height && top + y < image_.height; ++y)
        for (int x = std::max(0, -left); x < mask.width && left + x < image_.width; ++x)
            if (const uint8_t share = mask.coverage[static_cast<size_t>(y * mask.width + x)]; share > 0)
                paint(left + x, top + y, colour, share / 255.0);
}

image::Image pixels(const Drawing& drawing, double scale) {
    Canvas canvas(static_cast<int>(std::ceil(drawing.width * scale)),
                  static_cast<int>(std::ceil(drawing.height * scale)), black_on_white(Ink::paper));
    for (const Shape& shape : drawing.shapes)
        std::visit([&](const auto& s) { paint(canvas, s, scale); }, shape);
    return canvas.take();
}

}  // namespace vkm::draw
