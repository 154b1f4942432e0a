#version 450
#extension GL_GOOGLE_include_directive : require
// clip_shares: the share of each output unit's gradient that adaptive clipping keeps.
//   most = factor max(|p|, epsilon);  share = |g| < most ? 1 : most / max(|g|, 1e-6)
// with the norms of a column, or of all columns where the range is one unit.
//   0 partial   [pieces, 64, 2] fp32 quads (column_squares.comp)
//   1 units     [ranges] of (first piece, pieces, column quads, first share), (whether it is one unit, 0, 0, 0)
//   2 shares    [column quads of all ranges] fp32 quads
// Constant 0: workgroup, which is 64. `groups_of_range` workgroups do one range, an invocation a column quad.
#include "index.glsl"
#include "portable_math.glsl"
#include "tensor.glsl"
struct Unit {
    uint first_piece, pieces, columns, first_share;
    uint whole, unused[3];
};
F32_BUFFER_IN(0, partial)
layout(set = 0, binding = 1, std430) restrict readonly buffer Units { Unit units[]; };
F32_OUT(2, shares)
layout(push_constant) uniform Push { uint ranges, groups_of_range; float factor, epsilon; };

float total(vec4 v) {
    precise float sum = (v.x + v.y) + (v.z + v.w);
    return sum;
}

void main() {
    uint group = workgroup_index();
    uint r = divide(group, groups_of_range);
    if (r >= ranges) return;
    const Unit unit = units[r];
    uint c = (group - r * groups_of_range) * 64u + gl_LocalInvocationID.x;
    if (c >= unit.columns) return;
    // Pieces come row by row, and in a row 64 columns after 64.
    uint blocks = (unit.columns + 63u) / 64u;
    precise vec4 weights = vec4(0.0), gradients = vec4(0.0);
    if (unit.whole != 0u) {
        for (uint at = 0u; at < unit.columns; ++at) {
            uint k = (unit.first_piece * 64u + at) * 2u;
            weights = weights + LOAD(partial, k);
            gradients = gradients + LOAD(partial, k + 1u);
        }
        weights = vec4(total(weights));
        gradients = vec4(total(gradients));
    } else {
        for (uint piece = c / 64u; piece < unit.pieces; piece += blocks) {
            uint k = ((unit.first_piece + piece) * 64u + (c & 63u)) * 2u;
            weights = weights + LOAD(partial, k);
            gradients = gradients + LOAD(partial, k + 1u);
        }
    }
    precise vec4 most = factor * max(portable_sqrt(weights), vec4(epsilon));
    precise vec4 norm = portable_sqrt(gradients);
    precise vec4 share = most * portable_reciprocal(max(norm, vec4(1e-6)));
    STORE(shares, unit.first_share + c, mix(share, vec4(1.0), lessThan(norm, most)));
}
