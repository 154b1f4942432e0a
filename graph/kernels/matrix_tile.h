#pragma once

#include <graph/kernel_plan.h>

#include <cstdint>
#include <vector>

namespace vkm::graph {

/// Says what a workgroup computes of a product on matrix units (shaders/include/gemm_cooperative.glsl):
/// subgroups below each other, each of which accumulates row_tiles by column_tiles
/// matrices of the device's shape, the terms of sum_tiles matrices at a time.
struct MatrixTile {
    uint32_t subgroups = 1, row_tiles = 1, column_tiles = 1, sum_tiles = 2;

    using Shape = engine::DeviceSnapshot::CooperativeMatrix;
    uint32_t rows(const Shape& shape) const { return subgroups * row_tiles * shape.m; }
    uint32_t quads(const Shape& shape) const { return column_tiles * shape.n / 4; }
    /// Returns the steps of the sum, four terms each, that are staged at a time.
    uint32_t steps(const Shape& shape) const { return sum_tiles * shape.k / 4; }
    /// Returns what it takes with the epilogue that takes most.
    uint64_t shared_memory_bytes(const Shape&, uint32_t subgroup_size) const;
    bool operator==(const MatrixTile&) const = default;
};

/// Returns the tiles that a device with matrix units has the registers and the shared memory for. MobileNets' layers have 16,
/// 24, 40 or 112 channels: with few sizes to choose from a third of what is multiplied would be padding.
std::vector<MatrixTile> matrix_tiles(const KernelPlan&);

}  // namespace vkm::graph
