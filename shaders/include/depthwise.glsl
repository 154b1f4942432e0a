// The depthwise convolution that computes from what it loads, for depthwise.comp and depthwise_merging.comp.
#include "index.glsl"
#include "inside.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint KERNEL = 3;
layout(constant_id = 2) const uint STRIDE = 1;
layout(constant_id = 3) const uint TILE_X = 4;
layout(constant_id = 4) const uint TILE_Y = 2;
const uint PATCH_X = (TILE_X - 1) * STRIDE + KERNEL;
const uint PATCH_Y = (TILE_Y - 1) * STRIDE + KERNEL;

TENSOR_IN(0, x)
TENSOR_IN(1, w)
TENSOR_OUT(2, y)
#include "merge_push.glsl"
layout(push_constant) uniform Push {
    uint images, height, width, channels;
    uint out_height, out_width;
    uint tiles_y, tiles_x;
    int pad_top, pad_left;
    uint lanes, tiles_per_part, first_partial;
    uint given_activation;  // where ACTIVATION is GIVEN
    MERGE_PUSH
};
#define EPILOGUE_ACTIVATION_CONSTANT 5
#define EPILOGUE_GIVEN_ACTIVATION given_activation
#define EPILOGUE_BIAS_CONSTANT 6
#define EPILOGUE_BIAS_BINDING 3
#include "epilogue.glsl"
#define PROLOGUE_NORMALISATION F32_IN(4, normalisation)
#define PROLOGUE_NORMALISE_CONSTANT 7
#define PROLOGUE_ACTIVATION_CONSTANT 8
#include "prologue.glsl"
#define STATISTICS_CONSTANT 9
#define STATISTICS_BINDING 5
#include "statistics_epilogue.glsl"

void compute(uint tile, uint c, uint quads, inout Gathered gathered) {
    uint tile_row = divide(tile, tiles_x), ox = (tile - tile_row * tiles_x) * TILE_X;
    uint n = divide(tile_row, tiles_y), oy = (tile_row - n * tiles_y) * TILE_Y;
    if (n >= images) return;

    const Normalisation norm = normalisation_of(c, quads);
    vec4 k[KERNEL * KERNEL];
    const vec4 start = epilogue_start(c);
    vec4 sum[TILE_Y * TILE_X];
    [[unroll]] for (uint t = 0; t < TILE_Y * TILE_X; ++t) sum[t] = start;

    int x0 = int(ox * STRIDE) - pad_left, y0 = int(oy * STRIDE) - pad_top;
    [[unroll]] for (uint py = 0; py < PATCH_Y; ++py) {
        // A kernel's row is loaded where it is first needed, so that only the rows in use take registers.
        if (py < KERNEL) {
            [[unroll]] for (uint kx = 0; kx < KERNEL; ++kx) k[py * KERNEL + kx] = LOAD(w, (py * KERNEL + kx) * quads + c);
        }
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
                    if (ky < KERNEL && kx < KERNEL) sum[a * TILE_X + b] += v * k[ky * KERNEL + kx];
                }
        }
    }

    [[unroll]] for (uint a = 0; a < TILE_Y; ++a)
        [[unroll]] for (uint b = 0; b < TILE_X; ++b)
            if (is_inside(oy + a, out_height, ox + b, out_width)) {
                uint at = ((n * out_height + oy + a) * out_width + ox + b) * quads + c;
                vec4 v = epilogue(sum[a * TILE_X + b], at, c, channels);
                if (GATHER) gather(gathered, a == 0 && b == 0, at, c, quads, v);
                STORE(y, at, v);
            }
}

void main() {
    uint quads = (channels + 3u) / 4u;
    Gathered gathered = gather_start();
    if (GATHER) {
        Columns at = columns_of(quads, lanes);
        uint end = at.live ? min((at.part + 1u) * tiles_per_part, images * tiles_y * tiles_x) : 0u;
        for (uint tile = at.part * tiles_per_part + at.strand; tile < end; tile += at.strands) {
            compute(tile, at.column, quads, gathered);
            gather_tile(gathered);
        }
        gather_write(gathered, at, lanes, quads, first_partial);
        if (MERGES) merge_gathered(at, lanes, quads);
    } else {
        uint i = invocation_index(), tile = divide(i, quads);
        compute(tile, i - tile * quads, quads, gathered);
    }
}
