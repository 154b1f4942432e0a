#version 450
#extension GL_GOOGLE_include_directive : require
// variants: storage load native
// activation_grad: dx[i] = dy[i] f'(x[i]) for i < quads.
//   0 dy, 1 x, 2 dx   [quads] tensors
// Constants: 0 workgroup. One invocation computes one quad. The kind (activation.glsl) is the same for all of
// them and no constant, because these are small layers' and a pipeline each would cost more than the branch.
#include "activation.glsl"
#include "index.glsl"
#include "tensor.glsl"
TENSOR_IN(0, dy)
TENSOR_IN(1, x)
TENSOR_OUT(2, dx)
layout(push_constant) uniform Push { uint quads, kind; };

void main() {
    uint i = invocation_index();
    if (i < quads) STORE(dx, i, LOAD(dy, i) * activation_derivative(kind, LOAD(x, i)));
}
