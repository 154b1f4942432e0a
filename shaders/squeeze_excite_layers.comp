#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: storage load native
// squeeze_excite_layers: squeeze-and-excite from the mean over pixels to the scale, image by image:
//     h[n, k] = f(b1[k] + sum over c of pooled[n, c] w1[c, k])
//     z[n, c] = b2[c] + sum over k of h[n, k] w2[k, c],   s[n, c] = g(z[n, c])
//   0 pooled, 6 z, 7 s   [images, channel_quads] tensors
//   1 w1                 [4 channel_quads, hidden_quads] tensor, 2 b1 [hidden channels] fp32
//   3 w2                 [4 hidden_quads, channel_quads] tensor, 4 b2 [channels] fp32
//   5 h                  [images, hidden_quads] tensor
// f is hidden_activation, g scale_activation. Padding channels of all outputs are zero. Layer 1 takes h before it is
// rounded to its storage. Constants, shared memory, and what a workgroup computes: squeeze_excite_layers.glsl.
#include "activation.glsl"
#include "tensor.glsl"
TENSOR_IN(0, pooled)
TENSOR_IN(1, w1)
F32_BUFFER_IN(2, b1)
TENSOR_IN(3, w2)
F32_BUFFER_IN(4, b2)
TENSOR_OUT(5, h)
TENSOR_OUT(6, z)
TENSOR_OUT(7, s)
#define STEPS_ARE_NEIGHBOURS false
#include "squeeze_excite_layers.glsl"

vec4 layer_input(uint layer, uint i, uint s) {
    if (layer == 1) return hidden[i * HIDDEN + s];
    return LOAD(pooled, readable_image(i) * channel_quads() + s);
}

mat4 layer_weights(uint layer, uint quad, uint s) {
    const uint stride = layer == 0 ? hidden_quads() : channel_quads(), at = 4 * s * stride + quad;
    if (layer == 0) return mat4(LOAD(w1, at), LOAD(w1, at + stride), LOAD(w1, at + 2 * stride), LOAD(w1, at + 3 * stride));
    return mat4(LOAD(w2, at), LOAD(w2, at + stride), LOAD(w2, at + 2 * stride), LOAD(w2, at + 3 * stride));
}

// Not every activation maps the padding's zero to zero.
vec4 without_padding(vec4 v, uint quad, uint count) {
    return mix(vec4(0.0), v, lessThan(4 * quad + uvec4(0, 1, 2, 3), uvec4(count)));
}

void layer_output(uint layer, uint i, uint quad, vec4 v) {
    const uint image = first_image() + i;
    if (layer == 0) {
        v = without_padding(activation(hidden_activation, v + LOAD(b1, quad)), quad, hidden_channels);
        hidden[i * HIDDEN + quad] = v;
        STORE(h, image * hidden_quads() + quad, v);
    } else {
        v += LOAD(b2, quad);
        STORE(z, image * channel_quads() + quad, v);
        STORE(s, image * channel_quads() + quad, without_padding(activation(scale_activation, v), quad, channels));
    }
}

void main() {
    if (first_image() >= images) return;
    compute_layer(0);
    compute_layer(1);
}
