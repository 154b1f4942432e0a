#version 450
#extension GL_GOOGLE_include_directive : require
// variants: storage load native
// subsample_grad: gradient of subsample.comp. y[n, i S, j S] = x[n, i, j], and zero elsewhere, S = stride:
// here x is the gradient of its output, and y that of its input.
//   0 x   [images, out_height, out_width, channel_quads] tensor
//   1 y   [images, height, width, channel_quads] tensor
// Preconditions: out_height = ceil(height / S), out_width = ceil(width / S).
// Constant 0: workgroup. One invocation computes one quad.
#include "index.glsl"
#include "tensor.glsl"
TENSOR_IN(0, x)
TENSOR_OUT(1, y)
layout(push_constant) uniform Push { uint images, height, width, out_height, out_width, stride, channel_quads; };

void main() {
    uint at = invocation_index();
    if (at >= images * height * width * channel_quads) return;
    uint pixel = divide(at, channel_quads), row = divide(pixel, width), n = divide(row, height);
    uint i = row - n * height, j = pixel - row * width, quad = at - pixel * channel_quads;
    uint oi = divide(i, stride), oj = divide(j, stride);
    bool taken = oi * stride == i && oj * stride == j;
    STORE(y, at, LOAD_IF(x, taken, ((n * out_height + oi) * out_width + oj) * channel_quads + quad));
}
