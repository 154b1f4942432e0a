#pragma once

#include <draw/colour.h>
#include <draw/drawing.h>
#include <draw/text.h>
#include <image/image.h>

#include <span>

namespace vkm::draw {

/// Paints on an image. Lengths are pixels; what lies outside is left out.
class Canvas {
  public:
    Canvas(int width, int height, Colour paper);
    /// Paints on what is there.
    explicit Canvas(image::Image);

    int width() const { return image_.width; }
    int height() const { return image_.height; }
    const image::Image& image() const { return image_; }
    image::Image take() { return std::move(image_); }

    /// Edges between pixels are smoothed.
    void box(const Point& corner, double width, double height, Colour);
    /// A line through the points with round ends; where it crosses itself, it covers no more than elsewhere.
    void line(std::span<const Point>, double width, Colour, double opacity = 1);
    /// Puts another image with its upper left corner there.
    void picture(const image::Image&, int left, int top);
    /// Text from a point of its baseline on (Text::at, anchor, most, upwards); size and width in pixels.
    void text(const Text&, Colour);

  private:
    void paint(int x, int y, Colour, double weight);

    image::Image image_;
};

/// Returns a drawing in pixels, `scale` of them for each of its own, in dark ink on white paper.
image::Image pixels(const Drawing&, double scale);

}  // namespace vkm::draw
