#pragma once

#include <draw/colour.h>
#include <image/image.h>

#include <span>
#include <string>
#include <vector>

namespace vkm::draw {

/// Holds a picture and what is written below it.
struct Tile {
    image::Image picture;
    struct Line {
        std::string utf8;
        Colour colour = {31, 35, 40};
    };
    std::vector<Line> lines = {};
};

struct SheetOptions {
    int columns = 0;  ///< 0: about as many as rows
    int side = 160;   ///< of the longer side of a picture, pixels
};

/// Returns the pictures side by side, all as long and with their lines below them, which end in "…" where
/// they are too long. Small pictures are enlarged without smoothing, so that their pixels can be seen.
image::Image contact_sheet(std::span<const Tile>, const SheetOptions& = {});

/// Returns the picture scaled so that its longer side has so many pixels.
image::Image fitted(const image::Image&, int side);

}  // namespace vkm::draw
