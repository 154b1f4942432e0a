#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: storage load
// depthwise_weight_grad: gradient of depthwise.comp with respect to its weights, as partial sums.
//   partial[p, ky, kx, c] = sum over the tiles of part p of
//       x[n, oy S + ky - pad_top, ox S + kx - pad_left, c] dy[n, oy, ox, c]
//   0 x        [images, height, width, channels] tensor; used after its prologue (prologue.glsl)
//   1 dy       [images, out_height, out_width, channels] tensor;
//              used after its prologue (gradient_prologue.glsl)
//   2 partial  [partial results, K, K, channels] fp32; sum_parts.comp adds them
//   3 normalisation   [3, channels] fp32, read only with NORMALISE
//   4 y        [images, out_height, out_width, channels] tensor: of dy's prologue;
//              read with FORM_GRADIENT only
//   5 coefficients    [4, channels] fp32: of dy's prologue; read with FORM_GRADIENT only
// Constants: 0 workgroup, 1 K (odd), 2 S (stride), 3 TILE_X, 4 TILE_Y, 5 TREE, 6 SPLIT, 7 NORMALISE,
// 8 INPUT_ACTIVATION, 9 FORM_GRADIENT.
// The work is images * tiles_y * tiles_x tiles of TILE_X x TILE_Y outputs, cut into parts of
// `tiles_per_part`: by tiles rather than by images, which keeps a batch of one parallel.
// Columns (columns.glsl) are
//   without SPLIT   the ceil(channels / 4) channel quads, of which an invocation accumulates all K x K taps
//   with SPLIT      the K * ceil(channels / 4) pairs (ky, quad), quads first, of which it accumulates the K
//                   taps of a row: fewer registers and more invocations, for more loads
#include "column_sums.glsl"
#include "inside.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint KERNEL = 3;
layout(constant_id = 2) const uint STRIDE = 1;
layout(constant_id = 3) const uint TILE_X = 4;
layout(constant_id = 4) const uint TILE_Y = 2;
layout(constant_id = 5) const bool TREE = true;
layout(constant_id = 6) const bool SPLIT = false;
const uint ROWS = SPLIT ? 1 : KERNEL;  // of the kernel, an invocation accumulates
const uint TAPS = ROWS * KERNEL;
const uint PATCH_X = (TILE_X - 1) * STRIDE + KERNEL;
const uint PATCH_Y = (TILE_Y - 1) * STRIDE + ROWS;

TENSOR_IN(0, x)
TENSOR_IN(1, dy)
F32_OUT(2, partial)
layout(push_constant) uniform Push {
    uint images, height, width, channels;
    uint out_height, out_width;
    uint tiles_y, tiles_x;
    int pad_top, pad_left;
    uint lanes, tiles_per_part, first_partial;
};
#define PROLOGUE_NORMALISATION F32_BUFFER_IN(3, normalisation)
#define PROLOGUE_NORMALISE_CONSTANT 7
#define PROLOGUE_ACTIVATION_CONSTANT 8
#include "prologue.glsl"
#define GRADIENT_CONSTANT 9
#define GRADIENT_BINDING 4
#include "gradient_prologue.glsl"

void main() {
    uint quads = (channels + 3u) / 4u, columns = SPLIT ? KERNEL * quads : quads;
    Columns at = columns_of(columns, lanes);
    uint kernel_row = SPLIT ? divide(at.column, quads) : 0u, c = at.column - kernel_row * quads;
    const Normalisation norm = normalisation_of(at.live ? c : 0u, quads);
    const GradientForm form = gradient_form_of(at.live ? c : 0u, quads);
    vec4 sum[TAPS];
    [[unroll]] for (uint t = 0; t < TAPS; ++t) sum[t] = vec4(0.0);

    // One loop over tiles, not nested ones: it carries the sums, which software devices keep in memory.
    uint end = at.live ? min((at.part + 1u) * tiles_per_part, images * tiles_y * tiles_x) : 0u;
    for (uint tile = at.part * tiles_per_part + at.strand; tile < end; tile += at.strands) {
        uint tile_row = divide(tile, tiles_x), ox = (tile - tile_row * tiles_x) * TILE_X;
        uint n = divide(tile_row, tiles_y), oy = (tile_row - n * tiles_y) * TILE_Y;
        vec4 d[TILE_Y * TILE_X];
        [[unroll]] for (uint a = 0; a < TILE_Y; ++a)
            [[unroll]] for (uint b = 0; b < TILE_X; ++b) {
                bool inside = is_inside(oy + a, out_height, ox + b, out_width);
                uint from = index_if(inside, ((n * out_height + oy + a) * out_width + ox + b) * quads + c);
                d[a * TILE_X + b] = only_if(inside, form_gradient(form, LOAD(dy, from), from));
            }
        int x0 = int(ox * STRIDE) - pad_left, y0 = int(oy * STRIDE + kernel_row) - pad_top;
        [[unroll]] for (uint py = 0; py < PATCH_Y; ++py) {
            int iy = y0 + int(py);
            bool row_inside = uint(iy) < height;
            uint row = uint((int(n * height) + iy) * int(width) + x0) * quads + c;
            [[unroll]] for (uint px = 0; px < PATCH_X; ++px) {
                bool inside = both(row_inside, uint(x0 + int(px)) < width);
                vec4 v = only_if(inside, normalise(norm, LOAD(x, index_if(inside, row + px * quads))));
                [[unroll]] for (uint a = 0; a < TILE_Y; ++a)
                    [[unroll]] for (uint b = 0; b < TILE_X; ++b) {
                        // Above and left of the kernel these wrap to large numbers.
                        uint ky = py - a * STRIDE, kx = px - b * STRIDE;
                        if (ky < ROWS && kx < KERNEL) sum[ky * KERNEL + kx] += v * d[a * TILE_X + b];
                    }
            }
        }
    }

    // Sum t of column (kernel row, quad) is tap kernel_row * K + t.
    uint partial_start = (first_partial + partial_of(at, TREE)) * KERNEL * KERNEL * quads;
    if (TREE) {
        for (uint first = 0; first < TAPS; first += COLUMN_SLOTS) {
            barrier();
            [[unroll]] for (uint t = 0; t < TAPS; ++t) column_put(t - first, sum[t]);
            barrier();
            for (uint i = gl_LocalInvocationID.x; i < COLUMN_SLOTS * lanes; i += WORKGROUP) {
                uint slot = divide(i, lanes), lane = i - slot * lanes, column = at.first + lane;
                uint row = SPLIT ? divide(column, quads) : 0u;
                if (first + slot < TAPS && column < columns)
                    STORE(partial, partial_start + (row * KERNEL + first + slot) * quads + column - row * quads,
                          column_total(slot, lane, at, lanes));
            }
        }
    } else if (at.live) {
        [[unroll]] for (uint t = 0; t < TAPS; ++t)
            STORE(partial, partial_start + (kernel_row * KERNEL + t) * quads + c, sum[t]);
    }
}
