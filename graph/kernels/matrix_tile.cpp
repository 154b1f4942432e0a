#include <graph/kernels/matrix_tile.h>

namespace vkm::graph {

uint64_t MatrixTile::shared_memory_bytes(const Shape& shape, uint32_t subgroup_size) const {
    constexpr uint64_t gathered_bytes = 64;  // an invocation: shaders/include/column_sums.glsl
    const uint64_t staged_a = uint64_t{rows(shape)} * (steps(shape) + 2);
    const uint64_t staged_b = uint64_t{4} * steps(shape) * (quads(shape) + 2);
    return 8 * (staged_a + staged_b) + uint64_t{4} * rows(shape) * shape.n +
           gathered_bytes * subgroups * subgroup_size;
}

}  // namespace vkm::graph
