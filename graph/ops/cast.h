#pragma once

#include <graph/operator.h>

namespace vkm::graph::ops {

struct Cast {
    DType to = DType::f16;
};

/// Casts: y = x in another element type, f32 or f16. Mixed precision makes fp16 weights of
/// the fp32 master weights so. The gradient has the type of x.
std::shared_ptr<const Operator> cast(DType to);

}  // namespace vkm::graph::ops
