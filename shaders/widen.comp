#version 450
#extension GL_GOOGLE_include_directive : require
// interface: cast
// variants: storage load
// widen: y[i] = x[i] for i < quads.
//   0 x [quads] tensor, 1 y [quads] fp32
// Constants: 0 workgroup. One invocation computes one quad.
#include "index.glsl"
#include "tensor.glsl"
TENSOR_IN(0, x)
F32_OUT(1, y)
layout(push_constant) uniform Push { uint quads; };

void main() {
    uint i = invocation_index();
    if (i < quads) STORE(y, i, LOAD(x, i));
}
