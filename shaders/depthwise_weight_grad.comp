#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: storage load
// depthwise_weight_grad: gradient of depthwise.comp with respect to its weights, as partial sums.
//   partial[p, ky, kx, c] = sum over the tiles of part p of
//       x[n, oy S + ky - pad_top, ox S + kx - pad_left, c] dy[n, oy, ox, c]
//   0 x        [images, height, width, channels] tensor
//   1 dy       [images, out_height, out_width, channels] tensor
//   2 partial  [partial results, K, K, channels] fp32; sum_parts.comp adds them
// Constants: 0 workgroup, 1 K (odd), 2 S (stride), 3 TILE_X, 4 TILE_Y, 5 TREE.
// The work is images * tiles_y * tiles_x tiles of TILE_X x TILE_Y outputs, cut into parts of `tiles_per_part`; columns
// are channel quads (see columns.glsl). Splitting by tiles rather than by images keeps a batch of one parallel.
#include "columns.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint KERNEL = 3;
layout(constant_id = 2) const uint STRIDE = 1;
layout(constant_id = 3) const uint TILE_X = 4;
layout(constant_id = 4) const uint TILE_Y = 2;
layout(constant_id = 5) const bool TREE = true;
const uint TAPS = KERNEL * KERNEL;
const uint PATCH_X = (TILE_X - 1) * STRIDE + KERNEL;
const uint PATCH_Y = (TILE_Y - 1) * STRIDE + KERNEL;

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

void main() {
    uint quads = (channels + 3u) / 4u;
    Columns at = columns_of(quads, lanes);
    uint c = at.column;
    vec4 sum[TAPS];
    [[unroll]] for (uint t = 0; t < TAPS; ++t) sum[t] = vec4(0.0);

    // One loop over tiles, not nested ones: the sums are carried by it, and software devices keep them in memory.
    uint end = at.live ? min((at.part + 1u) * tiles_per_part, images * tiles_y * tiles_x) : 0u;
    for (uint tile = at.part * tiles_per_part + at.strand; tile < end; tile += at.strands) {
        uint tile_row = divide(tile, tiles_x), ox = (tile - tile_row * tiles_x) * TILE_X;
        uint n = divide(tile_row, tiles_y), oy = (tile_row - n * tiles_y) * TILE_Y;
        vec4 d[TILE_Y * TILE_X];
        [[unroll]] for (uint a = 0; a < TILE_Y; ++a)
            [[unroll]] for (uint b = 0; b < TILE_X; ++b)
                d[a * TILE_X + b] = LOAD_IF(dy, oy + a < out_height && ox + b < out_width,
                                            ((n * out_height + oy + a) * out_width + ox + b) * quads + c);
        int x0 = int(ox * STRIDE) - pad_left, y0 = int(oy * STRIDE) - pad_top;
        [[unroll]] for (uint py = 0; py < PATCH_Y; ++py) {
            int iy = y0 + int(py);
            bool row_inside = uint(iy) < height;
            uint row = uint((int(n * height) + iy) * int(width) + x0) * quads + c;
            [[unroll]] for (uint px = 0; px < PATCH_X; ++px) {
                vec4 v = LOAD_IF(x, row_inside && uint(x0 + int(px)) < width, row + px * quads);
                [[unroll]] for (uint a = 0; a < TILE_Y; ++a)
                    [[unroll]] for (uint b = 0; b < TILE_X; ++b) {
                        uint ky = py - a * STRIDE, kx = px - b * STRIDE;  // wraps to a large number left of the kernel
                        if (ky < KERNEL && kx < KERNEL) sum[ky * KERNEL + kx] += v * d[a * TILE_X + b];
                    }
            }
        }
    }

    if (TREE) {
        [[unroll]] for (uint t = 0; t < TAPS; ++t) sum[t] = column_sum(sum[t], at, lanes);
    }
    if (writes_partial(at, TREE)) {
        uint first = (first_partial + partial_of(at, TREE)) * TAPS * quads + c;
        [[unroll]] for (uint t = 0; t < TAPS; ++t) STORE(partial, first + t * quads, sum[t]);
    }
}
