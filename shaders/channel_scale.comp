#version 450
#extension GL_GOOGLE_include_directive : require
// variants: storage load native
// channel_scale: y[n, p, c] = x[n, p, c] s[n, c]; also its gradient with respect to x, given dy for x.
//   0 x, 2 y   [images, pixels, channel_quads] tensors
//   1 s        [images, channel_quads] tensor
// Constant 0: workgroup. One invocation computes one quad.
#include "index.glsl"
#include "tensor.glsl"
TENSOR_IN(0, x)
TENSOR_IN(1, s)
TENSOR_OUT(2, y)
layout(push_constant) uniform Push { uint images, pixels, channel_quads; };

void main() {
    uint i = invocation_index();
    if (i >= images * pixels * channel_quads) return;
    uint row = divide(i, channel_quads);
    uint image = divide(row, pixels);
    STORE(y, i, LOAD(x, i) * LOAD(s, image * channel_quads + (i - row * channel_quads)));
}
