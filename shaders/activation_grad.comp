#version 450
#extension GL_GOOGLE_include_directive : require
// variants: storage load
// activation_grad: dx[i] = dy[i] f'(x[i]) for i < quads.
//   0 dy, 1 x, 2 dx   [quads] tensors
// Constants: 0 workgroup, 1 KIND (activation.glsl). One invocation computes one quad.
#include "activation.glsl"
#include "index.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint KIND = NONE;
TENSOR_IN(0, dy)
TENSOR_IN(1, x)
TENSOR_OUT(2, dx)
layout(push_constant) uniform Push { uint quads; };

void main() {
    uint i = invocation_index();
    if (i < quads) STORE(dx, i, LOAD(dy, i) * activation_derivative(KIND, LOAD(x, i)));
}
