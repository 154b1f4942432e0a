#pragma once

#include <image/image.h>
#include <vkmbv3.h>

namespace vkm::capi {

/// Returns an image of a program, upright and in RGB. Throws InvalidArgument where there is none, or it is not as
/// vkmbv3.h says.
image::Image upright_rgb(const vkmbv3_image*);

}  // namespace vkm::capi
