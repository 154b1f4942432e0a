#pragma once

#include <graph/lower/lowering.h>
#include <graph/parameter_ranges.h>

namespace vkm::graph {

/// Here sums over a flat buffer, or over each of its ranges, are cut into pieces, a workgroup each. Replicas
/// of different vendors must get the same sums from the same gradients, so nothing of it depends on the
/// device: not the pieces, not the workgroup, not the order in which results are added.

/// The workgroup of every kernel over pieces.
constexpr uint32_t piece_workgroup = 64;

/// Describes what one workgroup works on: quads [first, first + quads) of the buffer, all of one range. Of
/// columns: `rows` rows of `row_quads` quads each from `first` on, of which it takes [column, column + columns).
struct FlatPiece {
    int64_t first = 0, quads = 0;
    size_t range = 0;
    int64_t rows = 1, row_quads = 0, column = 0, columns = 0;
};

/// Cuts ranges into pieces of up to 2048 quads, in order.
std::vector<FlatPiece> pieces_of(const ParameterRanges&);
/// Cuts the rows of ranges into pieces of up to 32 rows of up to 64 columns, in order.
std::vector<FlatPiece> column_pieces_of(const ParameterRanges&);

/// Names consecutive pieces whose quads can be bound at once.
struct PieceWindow {
    Window quads;
    size_t first = 0, count = 0;
};
std::vector<PieceWindow> piece_windows(const Lowering&, const std::vector<FlatPiece>&);

/// Returns the pieces as kernels read them: two uvec4 each (shaders/include/pieces.glsl).
Region piece_table(Lowering&, const std::vector<FlatPiece>&);

/// Returns, for each range, the number of its first piece and how many it has.
std::vector<std::pair<uint32_t, uint32_t>> pieces_by_range(const std::vector<FlatPiece>&, size_t ranges);

}  // namespace vkm::graph
