#include <graph/kernels/gather.h>
#include <graph/kernels/matrix_tile.h>

namespace vkm::graph {

uint64_t MatrixTile::shared_memory_bytes(const Shape& shape, uint32_t subgroup_size) const {
    constexpr uint64_t gathered_bytes = 64;  // an invocation: shaders/include/column_sums.glsl
    const uint64_t staged_a = uint64_t{rows(shape)} * (steps(shape) + 2);
    const uint64_t staged_b = uint64_t{4} * steps(shape) * (quads(shape) + 2);
    return 8 * (staged_a + staged_b) + uint64_t{4} * rows(shape) * shape.n +
           gathered_bytes * subgroups * subgroup_size + arrival_shared_bytes;
}

std::vector<MatrixTile> matrix_tiles(const KernelPlan& plan) {
    const MatrixTile::Shape& shape = *plan.cooperative_matrix;
    const uint32_t lanes = plan.device.subgroup_size;
    // An invocation holds as many of C's elements as the rows of other tiles have, four each, and what it gathers of the
    // columns of four matrices (Gathered of shaders/include/statistics_epilogue.glsl).
    constexpr uint32_t gathered = 21;
    const uint32_t most = 4 * plan.kernels.accumulators,
                   most_gathered = gathered * plan.kernels.accumulators / 4;
    const auto fits = [&](const MatrixTile& tile) {
        const uint32_t held = tile.row_tiles * tile.column_tiles * shape.m * shape.n / lanes;
        return held <= most && held + gathered * tile.column_tiles <= most + most_gathered &&
               tile.subgroups * lanes <= plan.device.max_workgroup_invocations &&
               tile.shared_memory_bytes(shape, lanes) <= plan.device.shared_memory_bytes &&
               tile.steps(shape) % 2 == 0;
    };
    std::vector<MatrixTile> tiles;
    for (const uint32_t subgroups : {1u, 2u, 3u, 4u, 5u})
        for (const uint32_t row_tiles : {1u, 2u})
            for (const uint32_t column_tiles : {1u, 2u, 3u, 4u, 5u})
                for (const uint32_t sum_tiles : {2u, 1u})
                    if (const MatrixTile tile{subgroups, row_tiles, column_tiles, sum_tiles}; fits(tile))
                        tiles.push_back(tile);
    if (tiles.empty()) tiles.push_back({});  // it fits, or the plan has no matrices
    return tiles;
}

}  // namespace vkm::graph
