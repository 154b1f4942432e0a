#version 450
#extension GL_GOOGLE_include_directive : require
// interface: cast
// variants: storage load native
// narrow: y[i] = x[i], rounded to the element type of y, for i < quads.
//   0 x [quads] fp32, 1 y [quads] tensor
// Constants: 0 workgroup. One invocation computes one quad.
#include "index.glsl"
#include "tensor.glsl"
F32_IN(0, x)
TENSOR_OUT(1, y)
layout(push_constant) uniform Push { uint quads; };

void main() {
    uint i = invocation_index();
    if (i < quads) STORE(y, i, LOAD(x, i));
}
