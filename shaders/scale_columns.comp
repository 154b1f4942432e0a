#version 450
#extension GL_GOOGLE_include_directive : require
// scale_columns: multiplies the columns of pieces of the flat gradients (pieces.glsl) by their shares.
//   0 gradients  [quads] fp32, in place, from quad `base` on
//   1 pieces
//   2 units      as in clip_shares.comp
//   3 shares     [column quads of all ranges] fp32 quads (clip_shares.comp)
// Constant 0: workgroup, which is 64. One workgroup does one piece, an invocation a column.
#define PIECES_BINDING 1
#include "index.glsl"
#include "pieces.glsl"
#include "tensor.glsl"
struct Unit {
    uint first_piece, pieces, columns, first_share;
    uint whole, unused[3];
};
F32_INOUT(0, gradients)
layout(set = 0, binding = 2, std430) restrict readonly buffer Units { Unit units[]; };
F32_BUFFER_IN(3, shares)
layout(push_constant) uniform Push { uint piece_count, first_piece, base; };

void main() {
    uint k = workgroup_index();
    if (k >= piece_count) return;
    const Piece piece = pieces[k + first_piece];
    uint c = gl_LocalInvocationID.x;
    if (c >= piece.columns) return;
    vec4 share = LOAD(shares, units[piece.range].first_share + piece.column + c);
    if (share == vec4(1.0)) return;
    uint i = piece.first - base + piece.column + c;
    for (uint row = 0u; row < piece.rows; ++row, i += piece.row_quads) STORE(gradients, i, LOAD(gradients, i) * share);
}
