#pragma once

#include "boundary.h"

#include <cstdint>

namespace vkm::jni {

/// Holds a picture of Java's (org.vkmbv3.engine.Picture) as the C interface takes it. Its planes are direct buffers,
/// read where they are; only planes of single colours, which the C interface has not, are woven together first.
class Picture {
  public:
    /// `layout` is what Picture.layout() says. Refuses buffers that are not direct, or shorter than the layout says.
    Picture(JNIEnv*, jintArray layout, jobject first, jobject second, jobject third);

    const vkmbv3_image* image() const { return &image_; }

  private:
    vkmbv3_image image_ = VKMBV3_IMAGE_INIT;
    std::vector<uint8_t> woven_;
};

}  // namespace vkm::jni
