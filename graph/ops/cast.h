#pragma once

#include <graph/operator.h>

namespace vkm::graph::ops {

struct Cast {
    DType to = DType::f16;
};

/// y = x in another element type, f32 or f16: fp32 master weights as the fp16 convolutions read them. Its
/// gradient has the type of x.
std::shared_ptr<const Operator> cast(DType to);

}  // namespace vkm::graph::ops
