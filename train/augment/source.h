#pragma once

#include <train/augment/drawn.h>
#include <train/augment/source_layout.h>

namespace vkm::train {

/// Holds an image as it goes to a device: the pixels that its result is made of, and what is to be done with them.
struct Source {
    image::Image pixels;
    std::vector<int32_t> table;    ///< graph/ops/scale_images.h
    std::vector<int32_t> program;  ///< graph/ops/colour_program.h

    bool operator==(const Source&) const;
};

/// Returns the part of an image that a framing needs. It may reach beyond the image.
image::Rectangle needed_part(const Framing&);

/// Takes that part of an image into a source. `part` says which of its pixels it holds; all that lies beyond is black.
/// What has no room in the layout is scaled here.
void frame(Source&, const SourceLayout&, const Framing&, image::Image pixels, const image::Rectangle& part);

}  // namespace vkm::train
