#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: storage load native
// inverted_residual: MobileNetV2's block with batch norm folded.
// The expanded channels e and d live in shared memory only.
//   e[n, iy, ix, m] = f1( sum_i x[n, iy, ix, i] w1[i, m] + b1[m] ), or without EXPAND x[n, iy, ix, m];
//                     zero outside of the image
//   d[n, oy, ox, m] = f2( sum_ky sum_kx e[n, iy, ix, m] w2[ky, kx, m] + b2[m] )
//                     iy = oy S + ky - pad_top, ix = ox S + kx - pad_left
//   y[n, oy, ox, c] = f3( sum_m d[n, oy, ox, m] w3[m, c] + b3[c] ) + residual[n, oy, ox, c]
//   0 x   [images, height, width, in_channels] tensor
//   1 w1  [4 ceil(in_channels / 4), middle_channels] tensor, read with EXPAND only
//   2 b1  [middle_channels] fp32, read with EXPAND only
//   3 w2  [K, K, middle_channels] tensor, 4 b2 [middle_channels] fp32
//   5 w3  [4 ceil(middle_channels / 4), out_channels] tensor, 6 b3 [out_channels] fp32
//   7 residual  [images, out_height, out_width, out_channels] tensor, read with RESIDUAL only
//   8 y   [images, out_height, out_width, out_channels] tensor
// f1, f2, f3 map zero to zero (all of activation.glsl but HARD_SIGMOID).
// Constants: 0 workgroup, 1 K (odd), 2 S (stride), 3 SIDE (even), 4 CHUNK, 5 SUMS, 6 EXPAND,
// 7, 8, 9 the kinds of f1, f2, f3, 10 RESIDUAL.
// A workgroup computes SIDE x SIDE outputs of an image, all channels of them. There are
// images * tiles_y * tiles_x workgroups, with tiles_y = ceil(out_height / SIDE) and tiles_x likewise.
// It takes CHUNK quads of the expanded channels at a time:
//   expand     PATCH x PATCH inputs of the outputs; an invocation computes a quad of four of them
//   depthwise  an invocation computes a quad of one output
//   project    an invocation adds to SUMS times a quad of four outputs; the sums stay in registers from chunk
//              to chunk (SUMS >= SIDE * SIDE / 4 * ceil(out_channels / 4) / workgroup)
//   shared memory   (PATCH * PATCH + SIDE * SIDE) * CHUNK quads of 16 bytes
// The order of a sum depends on no constant.
#include "activation.glsl"
#include "index.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint KERNEL = 3;
layout(constant_id = 2) const uint STRIDE = 1;
layout(constant_id = 3) const uint SIDE = 4;
layout(constant_id = 4) const uint CHUNK = 8;
layout(constant_id = 5) const uint SUMS = 1;
layout(constant_id = 6) const bool EXPAND = true;
layout(constant_id = 7) const uint EXPAND_ACTIVATION = NONE;
layout(constant_id = 8) const uint DEPTHWISE_ACTIVATION = NONE;
layout(constant_id = 9) const uint PROJECT_ACTIVATION = NONE;
layout(constant_id = 10) const bool RESIDUAL = false;
const uint PATCH = (SIDE - 1) * STRIDE + KERNEL;
const uint PIXELS = PATCH * PATCH, OUTPUTS = SIDE * SIDE;
const uint PIXEL_BLOCKS = (PIXELS + 3) / 4, OUTPUT_BLOCKS = OUTPUTS / 4;

TENSOR_IN(0, x)
TENSOR_IN(1, w1)
F32_BUFFER_IN(2, b1)
TENSOR_IN(3, w2)
F32_BUFFER_IN(4, b2)
TENSOR_IN(5, w3)
F32_BUFFER_IN(6, b3)
TENSOR_BUFFER_IN(7, residual)
TENSOR_OUT(8, y)
layout(push_constant) uniform Push {
    uint images, height, width, in_channels, middle_channels, out_channels;
    uint out_height, out_width;
    uint tiles_y, tiles_x;
    int pad_top, pad_left;
};

shared vec4 expanded[PIXELS * CHUNK];  // [pixel][quad of the chunk]
shared vec4 filtered[OUTPUTS * CHUNK];

// Where the workgroup's outputs are.
struct Place { uint n, oy, ox; };

// Whether pixel p of the patch is in the image; `at` is its row of x, or any where it is not.
bool pixel_row(Place place, uint p, out uint at) {
    const int iy = int(place.oy * STRIDE + p / PATCH) - pad_top, ix = int(place.ox * STRIDE + p % PATCH) - pad_left;
    const bool inside = p < PIXELS && uint(iy) < height && uint(ix) < width;
    at = inside ? (place.n * height + uint(iy)) * width + uint(ix) : 0u;
    return inside;
}

void expand(Place place, uint first, uint count, uint middle_quads) {
    const uint in_quads = (in_channels + 3u) / 4u;
    for (uint item = gl_LocalInvocationID.x; item < PIXEL_BLOCKS * CHUNK; item += WORKGROUP) {
        const uint c = item % CHUNK, p0 = item / CHUNK * 4u;
        if (c >= count) continue;
        const uint m = first + c;
        uint row[4];
        bool inside[4];
        [[unroll]] for (uint i = 0; i < 4; ++i) inside[i] = pixel_row(place, p0 + i, row[i]);
        vec4 sum[4];
        if (EXPAND) {
            const vec4 start = LOAD(b1, m);
            [[unroll]] for (uint i = 0; i < 4; ++i) sum[i] = start;
            for (uint s = 0; s < in_quads; ++s) {
                const uint at = 4u * s * middle_quads + m;
                const mat4 w = mat4(LOAD(w1, at), LOAD(w1, at + middle_quads), LOAD(w1, at + 2u * middle_quads),
                                    LOAD(w1, at + 3u * middle_quads));
                [[unroll]] for (uint i = 0; i < 4; ++i) {
                    const vec4 v = LOAD(x, row[i] * in_quads + s);
                    [[unroll]] for (uint t = 0; t < 4; ++t) sum[i] += v[t] * w[t];
                }
            }
        } else {
            [[unroll]] for (uint i = 0; i < 4; ++i) sum[i] = LOAD(x, row[i] * in_quads + m);
        }
        [[unroll]] for (uint i = 0; i < 4; ++i) {
            const vec4 v = only_if(inside[i], activation(EXPAND_ACTIVATION, sum[i]));
            if (p0 + i < PIXELS) expanded[(p0 + i) * CHUNK + c] = v;
        }
    }
}

void filter_depthwise(uint first, uint count, uint middle_quads) {
    for (uint item = gl_LocalInvocationID.x; item < OUTPUTS * CHUNK; item += WORKGROUP) {
        const uint c = item % CHUNK, o = item / CHUNK;
        if (c >= count) continue;
        const uint corner = o / SIDE * STRIDE * PATCH + o % SIDE * STRIDE;
        vec4 sum = LOAD(b2, first + c);
        [[unroll]] for (uint ky = 0; ky < KERNEL; ++ky)
            [[unroll]] for (uint kx = 0; kx < KERNEL; ++kx)
                sum += expanded[(corner + ky * PATCH + kx) * CHUNK + c] *
                       LOAD(w2, (ky * KERNEL + kx) * middle_quads + first + c);
        filtered[o * CHUNK + c] = activation(DEPTHWISE_ACTIVATION, sum);
    }
}

void main() {
    const uint tile_row = divide(workgroup_index(), tiles_x);
    Place place;
    place.n = divide(tile_row, tiles_y);
    if (place.n >= images) return;
    place.oy = (tile_row - place.n * tiles_y) * SIDE;
    place.ox = (workgroup_index() - tile_row * tiles_x) * SIDE;
    const uint middle_quads = (middle_channels + 3u) / 4u, out_quads = (out_channels + 3u) / 4u;

    // Quads are fastest: neighbours read neighbouring weights and the same outputs.
    uint block[SUMS], quad[SUMS];
    vec4 sum[4 * SUMS];
    [[unroll]] for (uint s = 0; s < SUMS; ++s) {
        const uint item = s * WORKGROUP + gl_LocalInvocationID.x;
        block[s] = divide(item, out_quads);
        quad[s] = item - block[s] * out_quads;
        const vec4 start = LOAD(b3, quad[s]);
        [[unroll]] for (uint i = 0; i < 4; ++i) sum[4 * s + i] = start;
    }

    for (uint first = 0; first < middle_quads; first += CHUNK) {
        const uint count = min(CHUNK, middle_quads - first);
        expand(place, first, count, middle_quads);
        barrier();
        filter_depthwise(first, count, middle_quads);
        barrier();
        [[unroll]] for (uint s = 0; s < SUMS; ++s) {
            if (block[s] >= OUTPUT_BLOCKS) continue;
            for (uint c = 0; c < count; ++c) {
                const uint at = 4u * (first + c) * out_quads + quad[s];
                const mat4 w = mat4(LOAD(w3, at), LOAD(w3, at + out_quads), LOAD(w3, at + 2u * out_quads),
                                    LOAD(w3, at + 3u * out_quads));
                [[unroll]] for (uint i = 0; i < 4; ++i) {
                    const vec4 v = filtered[(4u * block[s] + i) * CHUNK + c];
                    [[unroll]] for (uint t = 0; t < 4; ++t) sum[4 * s + i] += v[t] * w[t];
                }
            }
        }
    }

    [[unroll]] for (uint s = 0; s < SUMS; ++s) {
        if (block[s] >= OUTPUT_BLOCKS) continue;
        [[unroll]] for (uint i = 0; i < 4; ++i) {
            const uint o = 4u * block[s] + i, oy = place.oy + o / SIDE, ox = place.ox + o % SIDE;
            if (oy >= out_height || ox >= out_width) continue;
            const uint at = ((place.n * out_height + oy) * out_width + ox) * out_quads + quad[s];
            vec4 v = activation(PROJECT_ACTIVATION, sum[4 * s + i]);
            if (RESIDUAL) v += LOAD(residual, at);
            STORE(y, at, v);
        }
    }
}
