#pragma once

#include <image/image.h>

namespace vkm::image {

/// Hands the memory of an image that nobody needs any more to the next one that this thread decodes. Without it a large
/// block goes back to the system, which clears and maps every page of the next one again.
void recycle(Image&&);

/// Returns an image of this size whose pixels are anything: the caller writes them all. Takes the memory that was handed
/// on, unless that is more than twice as large, so that kept images take no more than twice their size.
/// Throws as check_size() does (image/decode/format.h).
Image unwritten_image(int64_t width, int64_t height);

}  // namespace vkm::image
