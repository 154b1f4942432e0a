#pragma once

#include <graph/kernels/grid_variants.h>

namespace vkm::graph {

/// Returns the quads of `images` images.
inline int64_t quads_of(const TensorType& type, int64_t images) {
    return images * type.shape.h * type.shape.w * type.shape.quads();
}

/// Dispatches a kernel of one invocation a quad over tensors of one type, window by window. `tensors` are
/// whole and are cut here; `push(quads)` returns the push constants of so many quads.
template <typename Kernel, typename Push>
void lower_elementwise(Lowering& lowering, const TensorType& type,
                       const typename Kernel::template Bindings<Region>& tensors, Push push) {
    const int64_t image = type.image_bytes();
    const uint32_t workgroup = choose_workgroup(lowering);
    for (const Window& w : lowering.windows(type.shape.n, {image})) {
        auto bindings = tensors;
        bindings.each([&](Region& tensor) { tensor = tensor.units(w.first, w.count, image); });
        const uint32_t quads = u32(quads_of(type, w.count));
        lowering.dispatch<Kernel>({.storage = type.storage(),
                                   .constants = {.workgroup = workgroup},
                                   .bindings = bindings,
                                   .push = push(quads),
                                   .groups = fold_workgroups(divide_up(quads, workgroup), lowering.plan())});
    }
}

}  // namespace vkm::graph
