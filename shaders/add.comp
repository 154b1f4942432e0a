#version 450
#extension GL_GOOGLE_include_directive : require
// variants: storage load native
// add: y[i] = a[i] + b[i] for i < quads.
//   0 a, 1 b, 2 y   [quads] tensors
// Constant 0: workgroup. One invocation adds one quad.
#include "index.glsl"
#include "tensor.glsl"
TENSOR_IN(0, a)
TENSOR_IN(1, b)
TENSOR_OUT(2, y)
layout(push_constant) uniform Push { uint quads; };
void main() {
    uint i = invocation_index();
    if (i < quads) STORE(y, i, LOAD(a, i) + LOAD(b, i));
}
