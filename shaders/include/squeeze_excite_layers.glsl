// Two fully connected layers over the images of a workgroup, one after the other: what squeeze-and-excite
// does between its mean and its scale, forward and backward. A layer is
//     v[image, 4 quad + j] = sum over steps s and t < 4 of a[image, 4 s + t] * B[4 s + t, 4 quad + j]
// where layer 0 has the channels as terms and the hidden channels as columns, and layer 1 the reverse.
//
// Invocations form a grid of `lanes` quads by WORKGROUP / lanes slices. Each takes every slices-th step of
// its quad for IMAGES images at once, so that a weight is loaded once for all of them, and loads the weights of
// UNROLLED steps before it works on the first. Slices are then added in order.
//   workgroup       IMAGES images from first_image() on; dispatch: ceil(images / IMAGES) workgroups, folded
//   shared memory   IMAGES * (WORKGROUP + HIDDEN) quads of 16 bytes
//   constants       0 WORKGROUP (a power of two)   1 IMAGES   2 HIDDEN (>= the hidden channels' quads)   3 UNROLLED
//   preconditions   the lanes of both layers are powers of two and at most WORKGROUP
// The order of a sum depends on WORKGROUP and the lanes only.
//
// The including shader defines STEPS_ARE_NEIGHBOURS: whether neighbouring invocations take neighbouring steps
// or neighbouring quads, whichever are neighbours in memory.
// After this include it defines the functions declared here.
#ifndef VKM_SQUEEZE_EXCITE_LAYERS_GLSL
#define VKM_SQUEEZE_EXCITE_LAYERS_GLSL
#include "index.glsl"

layout(constant_id = 1) const uint IMAGES = 4;
layout(constant_id = 2) const uint HIDDEN = 64;
layout(constant_id = 3) const uint UNROLLED = 4;
layout(push_constant) uniform Push {
    uint images, channels, hidden_channels;
    uint lanes0, lanes1;                       // of the layers
    uint hidden_activation, scale_activation;  // kinds of activation.glsl
};

shared vec4 hidden[IMAGES * HIDDEN];  // [image][quad]: what layer 0 hands to layer 1
// [image][step] of a, and then [image][slice][lane] partial sums
shared vec4 layer_scratch[IMAGES * WORKGROUP];

uint channel_quads() { return (channels + 3) / 4; }
uint hidden_quads() { return (hidden_channels + 3) / 4; }
uint first_image() { return workgroup_index() * IMAGES; }
// Images beyond the end are read as the last one, and never written.
uint readable_image(uint i) { return min(first_image() + i, images - 1); }

vec4 layer_input(uint layer, uint i, uint s);       // step s of a
mat4 layer_weights(uint layer, uint quad, uint s);  // [t] = B[4 s + t, quad]
// Stores a sum. Called for images that are not beyond the end only.
void layer_output(uint layer, uint i, uint quad, vec4 v);

// `layer` is 0 or 1, a literal. Called by all invocations of a workgroup.
void compute_layer(const uint layer) {
    const uint id = gl_LocalInvocationID.x;
    const uint quads = layer == 0 ? hidden_quads() : channel_quads(), steps = layer == 0 ? channel_quads() : hidden_quads();
    const uint lanes = layer == 0 ? lanes0 : lanes1, lane_bits = findMSB(lanes);
    const uint slices = WORKGROUP >> lane_bits, slice_bits = findMSB(slices);
    const uint lane = STEPS_ARE_NEIGHBOURS ? id >> slice_bits : id & (lanes - 1);
    const uint slice = STEPS_ARE_NEIGHBOURS ? id & (slices - 1) : id >> lane_bits;
    for (uint quad0 = 0; quad0 < quads; quad0 += lanes) {
        const uint quad = min(quad0 + lane, quads - 1);
        vec4 sum[IMAGES];
        [[unroll]] for (uint i = 0; i < IMAGES; ++i) sum[i] = vec4(0.0);
        for (uint step0 = 0; step0 < steps; step0 += WORKGROUP) {
            barrier();  // what was there has been read
            [[unroll]] for (uint i = 0; i < IMAGES; ++i) {
                if (step0 + id < steps) layer_scratch[i * WORKGROUP + id] = layer_input(layer, i, step0 + id);
            }
            barrier();
            const uint end = min(WORKGROUP, steps - step0);
            for (uint s = slice; s < end; s += UNROLLED * slices) {
                mat4 b[UNROLLED];
                [[unroll]] for (uint u = 0; u < UNROLLED; ++u)
                    b[u] = layer_weights(layer, quad, step0 + min(s + u * slices, end - 1));
                [[unroll]] for (uint u = 0; u < UNROLLED; ++u)
                    [[unroll]] for (uint i = 0; i < IMAGES; ++i) {
                        const vec4 a = layer_scratch[i * WORKGROUP + min(s + u * slices, end - 1)];
                        sum[i] += only_if(s + u * slices < end, a.x * b[u][0] + a.y * b[u][1] + a.z * b[u][2] + a.w * b[u][3]);
                    }
            }
        }
        barrier();
        [[unroll]] for (uint i = 0; i < IMAGES; ++i) layer_scratch[i * WORKGROUP + slice * lanes + lane] = sum[i];
        barrier();
        for (uint at = id; at < IMAGES * lanes; at += WORKGROUP) {
            const uint i = at >> lane_bits, l = at & (lanes - 1);
            vec4 v = layer_scratch[i * WORKGROUP + l];
            for (uint other = 1; other < slices; ++other) v += layer_scratch[i * WORKGROUP + other * lanes + l];
            if (quad0 + l < quads && first_image() + i < images) layer_output(layer, i, quad0 + l, v);
        }
    }
}

#endif
