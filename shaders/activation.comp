#version 450
#extension GL_GOOGLE_include_directive : require
// variants: storage load
// activation: y[i] = f(x[i]) for i < quads.
//   0 x, 1 y   [quads] tensors
// Constants: 0 workgroup, 1 KIND (activation.glsl). One invocation computes one quad.
#include "activation.glsl"
#include "index.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint KIND = NONE;
TENSOR_IN(0, x)
TENSOR_OUT(1, y)
layout(push_constant) uniform Push { uint quads; };

void main() {
    uint i = invocation_index();
    if (i < quads) STORE(y, i, activation(KIND, LOAD(x, i)));
}
