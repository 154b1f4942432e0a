// The depthwise convolution from shared memory, for depthwise_shared.comp and depthwise_shared_merging.comp.
#include "index.glsl"
#include "inside.glsl"
#include "staged.glsl"
layout(constant_id = 1) const uint KERNEL = 3;
layout(constant_id = 2) const uint STRIDE = 1;
layout(constant_id = 3) const uint TILE_X = 4;
layout(constant_id = 4) const uint TILE_Y = 2;
layout(constant_id = 11) const uint LANES = 8;
layout(constant_id = 12) const uint TILES_X = 2;
layout(constant_id = 13) const uint TILES_Y = 2;
const uint READ_X = (TILE_X - 1) * STRIDE + KERNEL;  // inputs of a tile
const uint READ_Y = (TILE_Y - 1) * STRIDE + KERNEL;
const uint PATCH_X = (TILES_X * TILE_X - 1) * STRIDE + KERNEL;  // inputs of a block
const uint PATCH_Y = (TILES_Y * TILE_Y - 1) * STRIDE + KERNEL;
const uint AT_ONCE = 4;  // loads before the first is used

TENSOR_IN(0, x)
TENSOR_IN(1, w)
TENSOR_OUT(2, y)
#include "merge_push.glsl"
layout(push_constant) uniform Push {
    uint images, height, width, channels;
    uint out_height, out_width;
    uint blocks_y, blocks_x;
    int pad_top, pad_left;
    uint lanes, blocks_per_part, first_partial;
    MERGE_PUSH
};
#define EPILOGUE_ACTIVATION_CONSTANT 5
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

shared STAGED patch_inputs[PATCH_Y * PATCH_X * LANES];  // [row][column][lane]

// Stages the inputs of a block: its strands take them in turns.
void stage(Columns at, uint lane, Normalisation norm, uint n, int y0, int x0, uint quads) {
    for (uint first = at.live ? at.strand : PATCH_Y * PATCH_X; first < PATCH_Y * PATCH_X; first += AT_ONCE * at.strands) {
        vec4 v[AT_ONCE];
        bool inside[AT_ONCE];
        [[unroll]] for (uint i = 0; i < AT_ONCE; ++i) {
            const uint p = first + i * at.strands, row = p / PATCH_X;
            const int iy = y0 + int(row), ix = x0 + int(p - row * PATCH_X);
            inside[i] = both(p < PATCH_Y * PATCH_X, is_inside(uint(iy), height, uint(ix), width));
            v[i] = LOAD(x, index_if(inside[i], ((n * height + uint(iy)) * width + uint(ix)) * quads + at.column));
        }
        [[unroll]] for (uint i = 0; i < AT_ONCE; ++i) {
            const uint p = first + i * at.strands;
            // A small image's block is border for the most part, of which nothing is computed.
            if (inside[i]) patch_inputs[p * LANES + lane] = STAGE(normalise(norm, v[i]));
            else if (p < PATCH_Y * PATCH_X) patch_inputs[p * LANES + lane] = STAGED(0);
        }
    }
}

// Computes a tile of a block whose first output is (oy, ox).
void compute(uint tile, uint lane, uint c, uint n, uint oy, uint ox, uint quads, inout Gathered gathered) {
    const uint tile_y = tile / TILES_X, tile_x = tile - tile_y * TILES_X;
    const uint from = (tile_y * TILE_Y * PATCH_X + tile_x * TILE_X) * STRIDE * LANES + lane;
    oy += tile_y * TILE_Y;
    ox += tile_x * TILE_X;
    vec4 k[KERNEL * KERNEL];
    const vec4 start = epilogue_start(c);
    vec4 sum[TILE_Y * TILE_X];
    [[unroll]] for (uint t = 0; t < TILE_Y * TILE_X; ++t) sum[t] = start;
    [[unroll]] for (uint py = 0; py < READ_Y; ++py) {
        // A kernel's row is loaded where it is first needed, so that only the rows in use take registers.
        if (py < KERNEL) {
            [[unroll]] for (uint kx = 0; kx < KERNEL; ++kx) k[py * KERNEL + kx] = LOAD(w, (py * KERNEL + kx) * quads + c);
        }
        [[unroll]] for (uint px = 0; px < READ_X; ++px) {
            const vec4 v = UNSTAGE(patch_inputs[from + (py * PATCH_X + px) * LANES]);
            [[unroll]] for (uint a = 0; a < TILE_Y; ++a)
                [[unroll]] for (uint b = 0; b < TILE_X; ++b) {
                    // Above and left of the kernel these wrap to large numbers.
                    const uint ky = py - a * STRIDE, kx = px - b * STRIDE;
                    if (ky < KERNEL && kx < KERNEL) sum[a * TILE_X + b] += v * k[ky * KERNEL + kx];
                }
        }
    }
    [[unroll]] for (uint a = 0; a < TILE_Y; ++a)
        [[unroll]] for (uint b = 0; b < TILE_X; ++b)
            if (is_inside(oy + a, out_height, ox + b, out_width)) {
                const uint at = ((n * out_height + oy + a) * out_width + ox + b) * quads + c;
                vec4 v = epilogue(sum[a * TILE_X + b], at, c, channels);
                if (GATHER) gather(gathered, a == 0 && b == 0, at, c, quads, v);
                STORE(y, at, v);
            }
}

void main() {
    const uint quads = (channels + 3u) / 4u;
    const Columns at = columns_of(quads, lanes);
    const uint lane = gl_LocalInvocationID.x - at.strand * lanes, c = min(at.column, quads - 1u);
    const Normalisation norm = normalisation_of(c, quads);
    Gathered gathered = gather_start();
    const uint end = min((at.part + 1u) * blocks_per_part, images * blocks_y * blocks_x);
    for (uint block = at.part * blocks_per_part; block < end; ++block) {
        const uint block_row = divide(block, blocks_x), n = divide(block_row, blocks_y);
        const uint oy = (block_row - n * blocks_y) * TILES_Y * TILE_Y, ox = (block - block_row * blocks_x) * TILES_X * TILE_X;
        stage(at, lane, norm, n, int(oy * STRIDE) - pad_top, int(ox * STRIDE) - pad_left, quads);
        barrier();
        for (uint tile = at.live ? at.strand : TILES_Y * TILES_X; tile < TILES_Y * TILES_X; tile += at.strands) {
            compute(tile, lane, c, n, oy, ox, quads, gathered);
            if (GATHER) gather_tile(gathered);
        }
        barrier();
    }
    if (GATHER) gather_write(gathered, at, lanes, quads, first_partial);
    if (MERGES) merge_gathered(at, lanes, quads);
}
