#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: storage load
// convolution_weight_grad: gradient of convolution.comp with respect to its weights, as partial sums.
//   partial[p, ky, kx, ci, co] = sum over the tiles of part p of
//       x[n, oy S + ky - pad_top, ox S + kx - pad_left, ci] dy[n, oy, ox, co]
//   0 x        [images, height, width, in_channels] tensor
//   1 dy       [images, out_height, out_width, out_channels] tensor;
//              used after its prologue (gradient_prologue.glsl)
//   2 partial  [partial results, K, K, 4 ceil(in_channels / 4), out_channels] fp32; sum_parts.comp adds them
//   3 y        [images, out_height, out_width, out_channels] tensor: of dy's prologue;
//              read with FORM_GRADIENT only
//   4 coefficients   [4, out_channels] fp32: of dy's prologue; read with FORM_GRADIENT only
// Constants: 0 workgroup, 1 K, 2 S (stride), 3 TILE, 4 TREE, 5 IN_LANES, 6 FORM_GRADIENT.
// IN_LANES are the channels of an input quad that are ever used: 3 for an image, else 4. The gradient of the
// others is zero.
// The work is images * out_height * tiles_x tiles of TILE neighbouring outputs of a row, with
// tiles_x = ceil(out_width / TILE), cut into parts of `tiles_per_part`.
// Columns (columns.glsl) are the K * ceil(in_channels / 4) * ceil(out_channels / 4) triples (ky, input quad,
// output quad), output quads first. An invocation accumulates the K x IN_LANES quads of (kx, ci, co).
#include "column_sums.glsl"
#include "inside.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint KERNEL = 3;
layout(constant_id = 2) const uint STRIDE = 1;
layout(constant_id = 3) const uint TILE = 4;
layout(constant_id = 4) const bool TREE = true;
layout(constant_id = 5) const uint IN_LANES = 4;
const uint SUMS = KERNEL * IN_LANES;
const uint PATCH = (TILE - 1) * STRIDE + KERNEL;

TENSOR_IN(0, x)
TENSOR_IN(1, dy)
F32_OUT(2, partial)
layout(push_constant) uniform Push {
    uint images, height, width, in_channels;
    uint out_height, out_width, out_channels;
    uint tiles_x;
    int pad_top, pad_left;
    uint lanes, tiles_per_part, first_partial;
};

#define GRADIENT_CONSTANT 6
#define GRADIENT_BINDING 3
#include "gradient_prologue.glsl"

// Quad [ky, kx, ci, co] of a partial result, of column (ky, ci / 4, co) and tap (kx, lane = ci % 4).
uint quad_of(uint column, uint kx, uint lane, uint in_quads, uint out_quads) {
    uint pair = divide(column, out_quads), co = column - pair * out_quads;
    uint ky = divide(pair, in_quads), ci = pair - ky * in_quads;
    return (((ky * KERNEL + kx) * in_quads + ci) * 4u + lane) * out_quads + co;
}

void main() {
    uint in_quads = (in_channels + 3u) / 4u, out_quads = (out_channels + 3u) / 4u;
    uint columns = KERNEL * in_quads * out_quads;
    Columns at = columns_of(columns, lanes);
    uint pair = divide(at.column, out_quads), co = at.column - pair * out_quads;
    uint ky = divide(pair, in_quads), ci = pair - ky * in_quads;
    const GradientForm form = gradient_form_of(at.live ? co : 0u, out_quads);
    vec4 sum[SUMS];
    [[unroll]] for (uint t = 0; t < SUMS; ++t) sum[t] = vec4(0.0);

    uint end = at.live ? min((at.part + 1u) * tiles_per_part, images * out_height * tiles_x) : 0u;
    for (uint tile = at.part * tiles_per_part + at.strand; tile < end; tile += at.strands) {
        uint out_row = divide(tile, tiles_x), ox = (tile - out_row * tiles_x) * TILE;
        uint n = divide(out_row, out_height), oy = out_row - n * out_height;
        int iy = int(oy * STRIDE + ky) - pad_top, x0 = int(ox * STRIDE) - pad_left;
        bool row_inside = uint(iy) < height;
        uint row = uint((int(n * height) + iy) * int(width) + x0) * in_quads + ci;
        vec4 v[PATCH];
        [[unroll]] for (uint px = 0; px < PATCH; ++px) {
            bool inside = both(row_inside, uint(x0 + int(px)) < width);
            v[px] = only_if(inside, LOAD(x, index_if(inside, row + px * in_quads)));
        }
        [[unroll]] for (uint t = 0; t < TILE; ++t) {
            bool inside = ox + t < out_width;
            uint from = index_if(inside, (out_row * out_width + ox + t) * out_quads + co);
            vec4 d = only_if(inside, form_gradient(form, LOAD(dy, from), from));
            [[unroll]] for (uint kx = 0; kx < KERNEL; ++kx) {
                vec4 a = v[t * STRIDE + kx];
                [[unroll]] for (uint lane = 0; lane < IN_LANES; ++lane) sum[kx * IN_LANES + lane] += a[lane] * d;
            }
        }
    }

    uint partial_start = (first_partial + partial_of(at, TREE)) * KERNEL * KERNEL * in_quads * 4u * out_quads;
    if (TREE) {
        for (uint first = 0; first < SUMS; first += COLUMN_SLOTS) {
            barrier();
            [[unroll]] for (uint t = 0; t < SUMS; ++t) column_put(t - first, sum[t]);
            barrier();
            for (uint i = gl_LocalInvocationID.x; i < COLUMN_SLOTS * lanes; i += WORKGROUP) {
                uint slot = divide(i, lanes), at_lane = i - slot * lanes, t = first + slot;
                if (t < SUMS && at.first + at_lane < columns)
                    STORE(partial,
                          partial_start + quad_of(at.first + at_lane, t / IN_LANES, t % IN_LANES, in_quads, out_quads),
                          column_total(slot, at_lane, at, lanes));
            }
        }
    } else if (at.live) {
        [[unroll]] for (uint t = 0; t < SUMS; ++t)
            STORE(partial, partial_start + quad_of(at.column, t / IN_LANES, t % IN_LANES, in_quads, out_quads), sum[t]);
    }
    if (writes_partial(at, TREE)) {
        [[unroll]] for (uint kx = 0; kx < KERNEL; ++kx)
            [[unroll]] for (uint lane = IN_LANES; lane < 4u; ++lane)
                STORE(partial, partial_start + quad_of(at.column, kx, lane, in_quads, out_quads), vec4(0.0));
    }
}
