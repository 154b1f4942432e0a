#version 450
#extension GL_GOOGLE_include_directive : require
// variants: load
// column_squares: sums of squares over the rows of pieces of the flat buffers (pieces.glsl), by column.
//   partial[(64 k + c) 2] = sum over piece k's rows of column quad c of p^2;  partial[… + 1] of (factor g)^2
//   0 parameters, 1 gradients   [quads] fp32, from quad `base` on
//   2 pieces
//   3 partial                   [pieces, 64, 2] fp32 quads
//   4 unscale                   one fp32 quad, the factor first; read with SCALED only, else 1
// Constants: 0 workgroup, which is 64; 1 SCALED. One workgroup does one piece, an invocation a column.
#define PIECES_BINDING 2
#include "index.glsl"
#include "pieces.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint SCALED = 0;
F32_IN(0, parameters)
F32_IN(1, gradients)
F32_OUT(3, partial)
F32_BUFFER_IN(4, unscale)
layout(push_constant) uniform Push { uint piece_count, first_piece, base; };

void main() {
    uint k = workgroup_index();
    if (k >= piece_count) return;
    k += first_piece;
    const Piece piece = pieces[k];
    uint c = gl_LocalInvocationID.x;
    if (c >= piece.columns) return;
    float factor = 1.0;
    if (SCALED != 0u) factor = LOAD(unscale, 0u).x;
    precise vec4 weights = vec4(0.0), sums = vec4(0.0);
    uint i = piece.first - base + piece.column + c;
    for (uint row = 0u; row < piece.rows; ++row, i += piece.row_quads) {
        vec4 p = LOAD(parameters, i);
        precise vec4 g = factor * LOAD(gradients, i);
        weights = weights + p * p;
        sums = sums + g * g;
    }
    STORE(partial, (k * 64u + c) * 2u, weights);
    STORE(partial, (k * 64u + c) * 2u + 1u, sums);
}
