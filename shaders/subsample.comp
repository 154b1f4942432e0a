#version 450
#extension GL_GOOGLE_include_directive : require
// variants: storage load native
// subsample: y[n, i, j] = x[n, i S, j S], S = stride.
//   0 x   [images, height, width, channel_quads] tensor
//   1 y   [images, out_height, out_width, channel_quads] tensor
// Preconditions: out_height = ceil(height / S), out_width = ceil(width / S).
// Constant 0: workgroup. One invocation computes one quad.
#include "index.glsl"
#include "tensor.glsl"
TENSOR_IN(0, x)
TENSOR_OUT(1, y)
layout(push_constant) uniform Push { uint images, height, width, out_height, out_width, stride, channel_quads; };

void main() {
    uint at = invocation_index();
    if (at >= images * out_height * out_width * channel_quads) return;
    uint pixel = divide(at, channel_quads), row = divide(pixel, out_width), n = divide(row, out_height);
    uint i = row - n * out_height, j = pixel - row * out_width, quad = at - pixel * channel_quads;
    STORE(y, at, LOAD(x, ((n * height + i * stride) * width + j * stride) * channel_quads + quad));
}
