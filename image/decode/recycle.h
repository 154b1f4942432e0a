#pragma once

#include <image/image.h>

namespace vkm::image {

/// Hands the memory of an image that nobody needs any more to the next one that this thread decodes. Without it a large
/// block goes back to the system, which clears and maps every page of the next one again. The thread keeps it until
/// then, or until it ends. An image that needs less than half of it has its own, so that images that are kept take no
/// more than twice their size.
void recycle(Image&&);

}  // namespace vkm::image
