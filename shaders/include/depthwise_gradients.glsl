// Both gradients of the depthwise convolution from shared memory, for depthwise_gradients.comp and
// depthwise_gradients_merging.comp.
#include "index.glsl"
#include "inside.glsl"
#include "pairs.glsl"
layout(constant_id = 1) const uint KERNEL = 3;
layout(constant_id = 2) const uint STRIDE = 1;
layout(constant_id = 3) const uint TILE_X = 4;
layout(constant_id = 4) const uint TILE_Y = 2;
layout(constant_id = 5) const uint LANES = 8;
layout(constant_id = 6) const uint TILES_X = 2;
layout(constant_id = 7) const uint TILES_Y = 2;
layout(constant_id = 8) const uint output_activation = 0;
const uint TAPS = KERNEL * KERNEL;
const uint TILE = TILE_Y * TILE_X;
// Outputs that reach a tile, or a block: REACH to the left of its first input's own, and those of the tile itself.
const uint REACH = (KERNEL - 1) / STRIDE;
const uint READ_X = REACH + (TILE_X - 1) / STRIDE + 1;
const uint READ_Y = REACH + (TILE_Y - 1) / STRIDE + 1;
const uint PATCH_X = REACH + (TILES_X * TILE_X - 1) / STRIDE + 1;
const uint PATCH_Y = REACH + (TILES_Y * TILE_Y - 1) / STRIDE + 1;
// Rows are staged in runs of so many columns, and end with whole ones.
const uint RUN = 4;
const uint ROW_RUNS = (PATCH_X + RUN - 1) / RUN;
const uint ROW = ROW_RUNS * RUN;
const uint RUNS = PATCH_Y * ROW_RUNS;
const uint RUNS_AT_ONCE = 2;  // whose loads begin before the first is used
const uint PAIRS = 2 * LANES;

TENSOR_IN(0, dy)
TENSOR_IN(1, w)
TENSOR_OUT(2, dx)
F32_OUT(3, weight_partial)
#include "merge_push.glsl"
layout(push_constant) uniform Push {
    uint images, height, width, channels;
    uint out_height, out_width;
    uint blocks_y, blocks_x;
    uint pad_top, pad_left;
    uint lanes, blocks_per_part, first_partial;
    MERGE_PUSH
};
#define BATCH_NORM_CONSTANT 9
#define BATCH_NORM_BINDING 4
#define GRADIENT_BINDING 7
#define MERGE_BINDING 9
#include "gradient_epilogue.glsl"
#include "gradient_prologue.glsl"

shared PAIR patch_gradients[RUNS * RUN * PAIRS];  // [row][column][pair]
shared vec2 weights[TAPS * PAIRS];            // [tap][pair]

// Which pair of channels an invocation has, and which share of a block's places and tiles: `first`, and every strands-th from
// there.
struct Share { uint quad, side, pair, strand, first, strands; };

void stage_weights(Share s, uint quads) {
    for (uint t = s.first; t < TAPS; t += s.strands) weights[t * PAIRS + s.pair] = unpaired(STORED_PAIR(w, t * quads + s.quad, s.side));
}

// Stages the gradients that reach a block of image n, of which the first lie at (oy0, ox0), run by run.
void stage_gradients(Share s, uint n, int oy0, int ox0, uint quads) {
    const vec2 scale = F32_PAIR(gradient_coefficients, s.quad, s.side), mean = F32_PAIR(gradient_coefficients, quads + s.quad, s.side);
    const vec2 mean_g = F32_PAIR(gradient_coefficients, 2u * quads + s.quad, s.side);
    const vec2 slope = F32_PAIR(gradient_coefficients, 3u * quads + s.quad, s.side);
    for (uint first = s.first; first < RUNS; first += RUNS_AT_ONCE * s.strands) {
        vec2 v[RUNS_AT_ONCE * RUN];
        [[unroll]] for (uint r = 0; r < RUNS_AT_ONCE; ++r) {
            const uint run = min(first + r * s.strands, RUNS - 1), row = run / ROW_RUNS;
            const int oy = oy0 + int(row), ox = ox0 + int((run - row * ROW_RUNS) * RUN);
            const uint from = ((n * out_height + uint(oy)) * out_width + uint(ox)) * quads + s.quad;
            [[unroll]] for (uint i = 0; i < RUN; ++i) {
                const bool inside = is_inside(uint(oy), out_height, uint(ox + int(i)), out_width);
                const uint at = index_if(inside, from + i * quads);
                const vec2 formed = scale * (unpaired(STORED_PAIR(dy, at, s.side)) - mean_g -
                                             (unpaired(BUFFER_PAIR(y, at, s.side)) - mean) * slope);
                v[r * RUN + i] = only_if(inside, formed);
            }
        }
        [[unroll]] for (uint r = 0; r < RUNS_AT_ONCE; ++r) {
            const uint run = min(first + r * s.strands, RUNS - 1);
            [[unroll]] for (uint i = 0; i < RUN; ++i)
                patch_gradients[(run * RUN + i) * PAIRS + s.pair] = paired(v[r * RUN + i]);
        }
    }
}

struct Sums { vec2 g, g_x; };  // of gradient_epilogue.glsl

// Computes a tile of a block whose first input is (iy, ix), and what it adds to the weights' gradient.
void compute(uint tile, Share s, uint n, int iy, int ix, uint quads, inout vec2 dw[TAPS], inout Sums sums) {
    const uint tile_y = tile / TILES_X, tile_x = tile - tile_y * TILES_X;
    const uint from = (tile_y * (TILE_Y / STRIDE) * ROW + tile_x * (TILE_X / STRIDE)) * PAIRS + s.pair;
    iy += int(tile_y * TILE_Y);
    ix += int(tile_x * TILE_X);
    const vec2 mean = F32_PAIR(normalisation, s.quad, s.side), scale = F32_PAIR(normalisation, quads + s.quad, s.side);
    const vec2 beta = F32_PAIR(normalisation, 2u * quads + s.quad, s.side);
    const uint at = ((n * height + uint(iy)) * width + uint(ix)) * quads + s.quad;
    PAIR given[TILE];     // x
    vec2 input_of[TILE];  // behind its batch norm and activation
    [[unroll]] for (uint a = 0; a < TILE_Y; ++a)
        [[unroll]] for (uint b = 0; b < TILE_X; ++b) {
            const uint i = a * TILE_X + b;
            const bool inside = is_inside(uint(iy + int(a)), height, uint(ix + int(b)), width);
            given[i] = STORED_PAIR(x, index_if(inside, at + (a * width + b) * quads), s.side);
            const vec2 z = (unpaired(given[i]) - mean) * scale + beta;
            input_of[i] = only_if(inside, activation(output_activation, z));
        }

    vec2 k[TILE_Y * KERNEL], sum[TILE];  // k: the rows in use, TILE_Y of them
    [[unroll]] for (uint i = 0; i < TILE; ++i) sum[i] = vec2(0.0);
    [[unroll]] for (uint py = 0; py < READ_Y; ++py) {
        [[unroll]] for (uint a = 0; a < STRIDE; ++a) {
            const uint ky = a + (REACH - py) * STRIDE;  // wraps to a large number below the last row
            if (ky < KERNEL) {
                [[unroll]] for (uint kx = 0; kx < KERNEL; ++kx)
                    k[ky % TILE_Y * KERNEL + kx] = weights[(ky * KERNEL + kx) * PAIRS + s.pair];
            }
        }
        [[unroll]] for (uint px = 0; px < READ_X; ++px) {
            const vec2 v = unpaired(patch_gradients[from + (py * ROW + px) * PAIRS]);
            [[unroll]] for (uint a = 0; a < TILE_Y; ++a)
                [[unroll]] for (uint b = 0; b < TILE_X; ++b) {
                    // These wrap to large numbers where the tap does not reach.
                    const uint ky = a + (REACH - py) * STRIDE, kx = b + (REACH - px) * STRIDE;
                    if (ky < KERNEL && kx < KERNEL) {
                        sum[a * TILE_X + b] += v * k[ky % TILE_Y * KERNEL + kx];
                        dw[ky * KERNEL + kx] += v * input_of[a * TILE_X + b];
                    }
                }
        }
    }

    [[unroll]] for (uint a = 0; a < TILE_Y; ++a)
        [[unroll]] for (uint b = 0; b < TILE_X; ++b) {
            const uint i = a * TILE_X + b;
            if (is_inside(uint(iy + int(a)), height, uint(ix + int(b)), width)) {
                const vec2 deviation = unpaired(given[i]) - mean;
                const vec2 g = sum[i] * activation_derivative(output_activation, deviation * scale + beta);
                sums.g += g;
                sums.g_x += g * deviation;
                STORE_PAIR(dx, at + (a * width + b) * quads, s.side, g);
            }
        }
}

// Puts what the two invocations of a quad have into a slot of it (column_sums.glsl), twice as many as for quads.
const uint SLOTS = 2 * COLUMN_SLOTS, SLOT = WORKGROUP / 2;
void put_pair(uint slot, Share s, vec2 v) {
    const uint at = slot * SLOT + s.strand * lanes + s.pair / 2u;
    if (slot < SLOTS) {
        columns_scratch[at][2u * s.side] = v.x;
        columns_scratch[at][2u * s.side + 1u] = v.y;
    }
}

vec4 total_of(uint slot, uint lane, Columns at) {
    vec4 total = vec4(0.0);
    for (uint strand = 0u; strand < at.strands; ++strand) total += columns_scratch[slot * SLOT + strand * lanes + lane];
    return total;
}

void main() {
    const uint quads = (channels + 3u) / 4u;
    const Columns block_of_columns = columns_of(quads, lanes);
    Share s;
    s.strands = divide(WORKGROUP, 2u * lanes);
    s.strand = divide(gl_LocalInvocationID.x, 2u * lanes);
    s.pair = gl_LocalInvocationID.x - s.strand * 2u * lanes;
    s.side = s.pair & 1u;
    s.quad = block_of_columns.first + s.pair / 2u;
    const bool live = s.strand < s.strands && s.quad < quads;
    s.quad = min(s.quad, quads - 1u);
    s.first = live ? s.strand : max(max(RUNS, TILES_Y * TILES_X), TAPS);  // or none

    vec2 dw[TAPS];
    [[unroll]] for (uint t = 0; t < TAPS; ++t) dw[t] = vec2(0.0);
    Sums sums = Sums(vec2(0.0), vec2(0.0));
    stage_weights(s, quads);
    const uint part = block_of_columns.part, end = min((part + 1u) * blocks_per_part, images * blocks_y * blocks_x);
    for (uint block = part * blocks_per_part; block < end; ++block) {
        const uint block_row = divide(block, blocks_x), n = divide(block_row, blocks_y);
        const uint by = block_row - n * blocks_y, bx = block - block_row * blocks_x;
        stage_gradients(s, n, int(by * (TILES_Y * TILE_Y / STRIDE) + pad_top / STRIDE) - int(REACH),
                        int(bx * (TILES_X * TILE_X / STRIDE) + pad_left / STRIDE) - int(REACH), quads);
        barrier();
        const int iy = int(by * TILES_Y * TILE_Y) - int(pad_top % STRIDE), ix = int(bx * TILES_X * TILE_X) - int(pad_left % STRIDE);
        for (uint tile = s.first; tile < TILES_Y * TILES_X; tile += s.strands) compute(tile, s, n, iy, ix, quads, dw, sums);
        barrier();
    }

    // From here on an invocation has a quad, and strands are those of pairs.
    Columns at = block_of_columns;
    at.strands = s.strands;
    at.live = at.live && at.strand < at.strands;
    if (live) {
        put_pair(0u, s, sums.g);
        put_pair(1u, s, sums.g_x);
    }
    barrier();
    const uint me = gl_LocalInvocationID.x;
    const Gathered gathered = Gathered(columns_scratch[me], columns_scratch[SLOT + me]);
    gather_write(gathered, at, lanes, quads, first_partial);
    const uint weights_from = (first_partial + part) * TAPS * quads;
    [[unroll]] for (uint first = 0; first < TAPS; first += SLOTS) {
        barrier();
        if (live) {
            [[unroll]] for (uint t = 0; t < TAPS; ++t) put_pair(t - first, s, dw[t]);
        }
        barrier();
        for (uint i = me; i < min(TAPS - first, SLOTS) * lanes; i += WORKGROUP) {
            const uint slot = divide(i, lanes), lane = i - slot * lanes, column = at.first + lane;
            if (column < quads) STORE(weight_partial, weights_from + (first + slot) * quads + column, total_of(slot, lane, at));
        }
    }
    if (MERGES) merge_gathered(block_of_columns, lanes, quads);
}
