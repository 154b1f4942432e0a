#pragma once

#include <graph/weights/dialect.h>

namespace vkm::graph::dialect_rows {

/// Return the dialects of published programs, a file for each family of names.
std::span<const Dialect> timm();      ///< pytorch-image-models
std::span<const Dialect> tonylins();  ///< tonylins, ShowLo
std::span<const Dialect> dli14();     ///< d-li14, PengBoXiangShang, kuan-wang: "conv.K.fc"
std::span<const Dialect> mindcv();
std::span<const Dialect> others();  ///< jungin500, akrapukhin

}  // namespace vkm::graph::dialect_rows
