#pragma once

#include <engine/plan/snapshot.h>

#include <cstdint>

namespace vkm::graph {

/// Says what a workgroup computes of a product on matrix units (shaders/include/gemm_cooperative.glsl):
/// subgroups below each other, each of which accumulates row_tiles by column_tiles
/// matrices of the device's shape.
struct MatrixTile {
    uint32_t subgroups = 1, row_tiles = 1, column_tiles = 1;

    using Shape = engine::DeviceSnapshot::CooperativeMatrix;
    uint32_t rows(const Shape& shape) const { return subgroups * row_tiles * shape.m; }
    uint32_t quads(const Shape& shape) const { return column_tiles * shape.n / 4; }
    /// Returns the steps of the sum, four terms each, that are staged at a time: those of two matrices.
    static uint32_t steps(const Shape& shape) { return 2 * shape.k / 4; }
    /// Returns what it takes with the epilogue that takes most.
    uint64_t shared_memory_bytes(const Shape&, uint32_t subgroup_size) const;
    bool operator==(const MatrixTile&) const = default;
};

}  // namespace vkm::graph
