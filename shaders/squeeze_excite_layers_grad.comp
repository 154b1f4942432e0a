#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: storage load native
// squeeze_excite_layers_grad: from the gradient of squeeze-and-excite's scale to that of its mean over
// pixels, image by image:
//     dz[n, c] = ds[n, c] g'(z[n, c])
//     dy[n, k] = f'(y[n, k]) sum over c of dz[n, c] w2[k, c]
//     dpooled[n, c] = sum over k of dy[n, k] w1[c, k]
//   0 ds, 1 z, 5 dz, 7 dpooled   [images, channel_quads] tensors
//   2 w2                         [4 hidden_quads, channel_quads] tensor
//   3 y, 6 dy                    [images, hidden_quads] tensors
//   4 w1                         [4 channel_quads, hidden_quads] tensor
// f is hidden_activation, g scale_activation. y is what f is applied to, or its result where that has the
// same derivative (as relu's has). Layers take dz and dy before they are rounded to their storage. Constants,
// shared memory, and what a workgroup computes: squeeze_excite_layers.glsl.
#include "activation.glsl"
#include "tensor.glsl"
TENSOR_IN(0, ds)
TENSOR_IN(1, z)
TENSOR_IN(2, w2)
TENSOR_BUFFER_IN(3, y)
TENSOR_IN(4, w1)
TENSOR_OUT(5, dz)
TENSOR_OUT(6, dy)
TENSOR_OUT(7, dpooled)
#define STEPS_ARE_NEIGHBOURS true
#include "squeeze_excite_layers.glsl"

vec4 scale_gradient(uint at) { return LOAD(ds, at) * activation_derivative(scale_activation, LOAD(z, at)); }

vec4 layer_input(uint layer, uint i, uint s) {
    if (layer == 1) return hidden[i * HIDDEN + s];
    return scale_gradient(readable_image(i) * channel_quads() + s);
}

mat4 layer_weights(uint layer, uint quad, uint s) {
    const uint stride = layer == 0 ? channel_quads() : hidden_quads(), at = 4 * quad * stride + s;
    if (layer == 0)
        return transpose(mat4(LOAD(w2, at), LOAD(w2, at + stride), LOAD(w2, at + 2 * stride), LOAD(w2, at + 3 * stride)));
    return transpose(mat4(LOAD(w1, at), LOAD(w1, at + stride), LOAD(w1, at + 2 * stride), LOAD(w1, at + 3 * stride)));
}

void layer_output(uint layer, uint i, uint quad, vec4 v) {
    const uint image = first_image() + i;
    if (layer == 0) {
        v *= activation_derivative(hidden_activation, LOAD(y, image * hidden_quads() + quad));
        hidden[i * HIDDEN + quad] = v;
        STORE(dy, image * hidden_quads() + quad, v);
    } else {
        STORE(dpooled, image * channel_quads() + quad, v);
    }
}

void main() {
    if (first_image() >= images) return;
    const uint end = min(first_image() + IMAGES, images) * channel_quads();
    for (uint at = first_image() * channel_quads() + gl_LocalInvocationID.x; at < end; at += WORKGROUP)
        STORE(dz, at, scale_gradient(at));
    compute_layer(0);
    compute_layer(1);
}
