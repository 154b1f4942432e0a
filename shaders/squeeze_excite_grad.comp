#version 450
#extension GL_GOOGLE_include_directive : require
// variants: storage load native
// squeeze_excite_grad: gradient of x s(mean over pixels of x) with respect to x, in one pass:
//     dx[n, p, c] = dy[n, p, c] s[n, c] + d[n, c] / pixels
//   0 dy, 3 dx   [images, pixels, channel_quads] tensors
//   1 s          [images, channel_quads] tensor
//   2 d          [images, channel_quads] tensor: the gradient of the mean
// Constant 0: workgroup. One invocation computes one quad.
// squeeze_excite_grad_sums.comp also gathers a batch norm's sums: a shader of its own, because SwiftShader
// takes five times as long where a shader has barriers, called or not.
#include "index.glsl"
#include "tensor.glsl"
TENSOR_IN(0, dy)
TENSOR_IN(1, s)
TENSOR_IN(2, d)
TENSOR_OUT(3, dx)
layout(push_constant) uniform Push { uint images, pixels, channel_quads; };

void main() {
    uint i = invocation_index(), row = divide(i, channel_quads);
    if (row >= images * pixels) return;
    uint at = divide(row, pixels) * channel_quads + (i - row * channel_quads);
    STORE(dx, i, LOAD(dy, i) * LOAD(s, at) + LOAD(d, at) / float(pixels));
}
