#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: storage load native
// convolution: dense K x K convolution; made for the stem, whose input is one quad deep.
//   y[n, oy, ox, co] = epilogue( sum_ky sum_kx sum_ci x[n, iy, ix, ci] w[ky, kx, ci, co] )
//   iy = oy S + ky - pad_top, ix = ox S + kx - pad_left
// where x is zero outside of the image; pad_bottom and pad_right follow from out_height and out_width.
//   0 x        [images, height, width, in_channels] tensor
//   1 w        [K, K, 4 ceil(in_channels / 4), out_channels] tensor; rows beyond in_channels are zero
//   2 y        [images, out_height, out_width, out_channels] tensor
//   3 bias     [out_channels] fp32, read only with BIAS
//   4 partial  [partial results, 3, out_channels] fp32: statistics of y; written with STATISTICS only
//              (statistics_epilogue.glsl)
// Constants: 0 workgroup, 1 K, 2 S (stride), 3 TILE, 4 ACTIVATION, 5 BIAS (see epilogue.glsl), 6 IN_LANES,
// 7 STATISTICS, 8 TREE.
// IN_LANES are the channels of an input quad that are ever used: 3 for an image, else 4.
// A tile is TILE neighbouring outputs of a row, one output quad of each. There are images * out_height *
// tiles_x tiles a quad, with tiles_x = ceil(out_width / TILE).
//   without STATISTICS   an invocation computes a tile, output quads first; excess invocations do nothing
//   with STATISTICS      columns are output quads (columns.glsl);
//                        part p has the tiles from p * tiles_per_part on
#include "index.glsl"
#include "inside.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint KERNEL = 3;
layout(constant_id = 2) const uint STRIDE = 1;
layout(constant_id = 3) const uint TILE = 8;
layout(constant_id = 6) const uint IN_LANES = 4;
const uint PATCH = (TILE - 1) * STRIDE + KERNEL;

TENSOR_IN(0, x)
TENSOR_IN(1, w)
TENSOR_OUT(2, y)
layout(push_constant) uniform Push {
    uint images, height, width, in_channels;
    uint out_height, out_width, out_channels;
    uint tiles_x;
    int pad_top, pad_left;
    uint lanes, tiles_per_part, first_partial;
};
#define EPILOGUE_ACTIVATION_CONSTANT 4
#define EPILOGUE_BIAS_CONSTANT 5
#define EPILOGUE_BIAS_BINDING 3
#include "epilogue.glsl"
#define STATISTICS_CONSTANT 7
#define STATISTICS_BINDING 4
#include "statistics_epilogue.glsl"

void compute(uint tile, uint co, uint out_quads, inout Gathered gathered) {
    uint in_quads = (in_channels + 3u) / 4u;
    uint out_row = divide(tile, tiles_x), ox = (tile - out_row * tiles_x) * TILE;
    uint n = divide(out_row, out_height), oy = out_row - n * out_height;
    if (n >= images) return;

    const vec4 start = epilogue_start(co);
    vec4 sum[TILE];
    [[unroll]] for (uint t = 0; t < TILE; ++t) sum[t] = start;
    int x0 = int(ox * STRIDE) - pad_left;
    for (uint ci = 0; ci < in_quads; ++ci) {
        [[unroll]] for (uint ky = 0; ky < KERNEL; ++ky) {
            int iy = int(oy * STRIDE + ky) - pad_top;
            bool row_inside = uint(iy) < height;
            uint row = uint((int(n * height) + iy) * int(width) + x0) * in_quads + ci;
            vec4 v[PATCH];
            [[unroll]] for (uint px = 0; px < PATCH; ++px) {
                bool inside = both(row_inside, uint(x0 + int(px)) < width);
                v[px] = only_if(inside, LOAD(x, index_if(inside, row + px * in_quads)));
            }
            [[unroll]] for (uint kx = 0; kx < KERNEL; ++kx) {
                uint k = ((ky * KERNEL + kx) * in_quads + ci) * 4u * out_quads + co;
                vec4 k0 = LOAD(w, k), k1 = LOAD(w, k + out_quads), k2 = LOAD(w, k + 2u * out_quads);
                vec4 k3 = IN_LANES > 3 ? LOAD(w, k + 3u * out_quads) : vec4(0.0);
                [[unroll]] for (uint t = 0; t < TILE; ++t) {
                    vec4 a = v[t * STRIDE + kx];
                    vec4 term = a.x * k0 + a.y * k1 + a.z * k2;
                    sum[t] += IN_LANES > 3 ? term + a.w * k3 : term;
                }
            }
        }
    }

    [[unroll]] for (uint t = 0; t < TILE; ++t)
        if (ox + t < out_width) {
            uint at = (out_row * out_width + ox + t) * out_quads + co;
            vec4 v = epilogue(sum[t], at, co, out_channels);
            if (GATHER) gather(gathered, t == 0, at, co, out_quads, v);
            STORE(y, at, v);
        }
}

void main() {
    uint out_quads = (out_channels + 3u) / 4u;
    Gathered gathered = gather_start();
    if (GATHER) {
        Columns at = columns_of(out_quads, lanes);
        uint end = at.live ? min((at.part + 1u) * tiles_per_part, images * out_height * tiles_x) : 0u;
        for (uint tile = at.part * tiles_per_part + at.strand; tile < end; tile += at.strands) {
            compute(tile, at.column, out_quads, gathered);
            gather_tile(gathered);
        }
        gather_write(gathered, at, lanes, out_quads, first_partial);
    } else {
        uint i = invocation_index(), tile = divide(i, out_quads);
        compute(tile, i - tile * out_quads, out_quads, gathered);
    }
}
