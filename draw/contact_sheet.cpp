#include <draw/canvas.h>
#include <draw/contact_sheet.h>
#include <image/resize.h>

#include <algorithm>
#include <cmath>

namespace vkm::draw {
namespace {

constexpr int spacing = 12, caption_size = 13, caption_height = 18;

image::Image enlarged(const image::Image& picture, int width, int height) {
    image::Image large{
        height, width,
        std::vector<uint8_t>(size_t{3} * static_cast<size_t>(width) * static_cast<size_t>(height))};
    auto out = large.rgb.begin();
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            const int64_t row = int64_t{y} * picture.height / height,
                          column = int64_t{x} * picture.width / width;
            out = std::copy_n(picture.rgb.begin() + 3 * (row * picture.width + column), 3, out);
        }
    return large;
}

struct Size {
    int width, height;
};

Size fitted_size(const image::Image& picture, int side) {
    const double scale = static_cast<double>(side) / std::max(picture.width, picture.height);
    const auto scaled = [&](int length) {
        return std::max(1, static_cast<int>(std::lround(length * scale)));
    };
    return {scaled(picture.width), scaled(picture.height)};
}

}  // namespace

image::Image fitted(const image::Image& picture, int side) {
    const auto [width, height] = fitted_size(picture, side);
    if (side > std::max(picture.width, picture.height)) return enlarged(picture, width, height);
    return image::resize_bilinear(picture, {.crop = {0, 0, picture.height, picture.width},
                                            .height = height,
                                            .width = width,
                                            .window = {0, 0, height, width}});
}

image::Image contact_sheet(std::span<const Tile> tiles, const SheetOptions& options) {
    const auto count = static_cast<int>(tiles.size());
    const int columns =
        std::clamp(options.columns > 0 ? options.columns : static_cast<int>(std::ceil(std::sqrt(count))), 1,
                   std::max(count, 1));
    const int rows = std::max(1, (count + columns - 1) / columns);
    size_t lines = 0;
    int tallest = 1;
    for (const Tile& tile : tiles) {
        lines = std::max(lines, tile.lines.size());
        tallest = std::max(tallest, fitted_size(tile.picture, options.side).height);
    }
    const int width = options.side + spacing,
              height = tallest + static_cast<int>(lines) * caption_height + spacing;
    Canvas sheet(columns * width + spacing, rows * height + spacing, {255, 255, 255});
    for (int i = 0; i < count; ++i) {
        const Tile& tile = tiles[static_cast<size_t>(i)];
        const int left = spacing + i % columns * width, top = spacing + i / columns * height;
        const image::Image picture = fitted(tile.picture, options.side);
        sheet.picture(picture, left + (options.side - picture.width) / 2,
                      top + (tallest - picture.height) / 2);
        double baseline = top + tallest;
        for (const Tile::Line& line : tile.lines) {
            baseline += caption_height;
            sheet.text({.at = {static_cast<double>(left), baseline - 4},
                        .utf8 = line.utf8,
                        .size = caption_size,
                        .most = static_cast<double>(options.side)},
                       line.colour);
        }
    }
    return sheet.take();
}

}  // namespace vkm::draw
