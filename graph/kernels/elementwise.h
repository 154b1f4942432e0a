#pragma once

#include <graph/lower/lowering.h>

namespace vkm::graph {

/// Dispatches a kernel of one invocation a quad over tensors of one type, window by window. Bindings are
/// `tensors` in order (whole tensors, cut here), the push constants the number of quads.
void lower_elementwise(Lowering&, const Shader&, const TensorType&, const std::vector<Region>& tensors,
                       std::vector<uint32_t> constants = {});

/// The same for a kernel that is told `parameter` behind the number of quads.
void lower_elementwise_with(uint32_t parameter, Lowering&, const Shader&, const TensorType&,
                            const std::vector<Region>& tensors);

/// Quads of `images` images.
inline int64_t quads_of(const TensorType& type, int64_t images) {
    return images * type.shape.h * type.shape.w * type.shape.quads();
}

}  // namespace vkm::graph
