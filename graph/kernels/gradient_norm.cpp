#include <graph/kernels/flat_pieces.h>
#include <graph/kernels/gradient_norm.h>
#include <shaders/catalog.h>

namespace vkm::graph {

ParameterRanges whole_buffer(int64_t bytes) {
    return {{.name = "all", .first_quad = 0, .rows = 1, .row_quads = bytes / 16}};
}

Region bounded_norm(Lowering& lowering, const Region& gradients, const Region& unscale,
                    const NormBound& bound) {
    const std::vector<FlatPiece> pieces = pieces_of(whole_buffer(gradients.bytes));
    const Region table = piece_table(lowering, pieces);
    const Region partial = lowering.scratch(static_cast<int64_t>(pieces.size()) * 16, "partial");
    const Region result = lowering.scratch(16, "norm");
    const bool scaled = !unscale.empty();
    for (const PieceWindow& w : piece_windows(lowering, pieces))
        lowering.dispatch<shaders::SumSquares>(
            {.constants = {.workgroup = piece_workgroup, .scaled = scaled},
             .bindings = {.x = gradients.units(w.quads.first, w.quads.count, 16),
                          .pieces = table,
                          .partial = partial,
                          .unscale = unscale},
             .push = {.piece_count = u32(static_cast<int64_t>(w.count)),
                      .first_piece = u32(static_cast<int64_t>(w.first)),
                      .base = u32(w.quads.first)},
             .groups = fold_workgroups(static_cast<int64_t>(w.count), lowering.plan())});
    lowering.dispatch<shaders::GradientNorm>(
        {.constants = {.workgroup = piece_workgroup, .scaled = scaled},
         .bindings = {.partial = partial, .result = result, .unscale = unscale},
         .push = {.parts = u32(static_cast<int64_t>(pieces.size())),
                  .most = static_cast<float>(bound.most),
                  .margin = static_cast<float>(bound.margin)},
         .groups = {1, 1, 1}});
    return result;
}

}  // namespace vkm::graph
