#version 450
#extension GL_GOOGLE_include_directive : require
// variants: storage load native
// global_average_pool_grad: dx[n, p, c] = dy[n, c] / pixels.
//   0 dy   [images, channel_quads] tensor
//   1 dx   [images, pixels, channel_quads] tensor
// Constant 0: workgroup. One invocation computes one quad.
#include "index.glsl"
#include "tensor.glsl"
TENSOR_IN(0, dy)
TENSOR_OUT(1, dx)
layout(push_constant) uniform Push { uint images, pixels, channel_quads; };

void main() {
    uint i = invocation_index();
    if (i >= images * pixels * channel_quads) return;
    uint row = divide(i, channel_quads);
    uint image = divide(row, pixels);
    STORE(dx, i, LOAD(dy, image * channel_quads + (i - row * channel_quads)) / float(pixels));
}
