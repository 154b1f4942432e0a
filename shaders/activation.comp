#version 450
#extension GL_GOOGLE_include_directive : require
// variants: storage load native
// activation: y[i] = f(x[i]) for i < quads.
//   0 x, 1 y   [quads] tensors
// Constants: 0 workgroup. One invocation computes one quad. The kind (activation.glsl) is the same for all of
// them and no constant, because these are small layers' and a pipeline each would cost more than the branch.
#include "activation.glsl"
#include "index.glsl"
#include "tensor.glsl"
TENSOR_IN(0, x)
TENSOR_OUT(1, y)
layout(push_constant) uniform Push { uint quads, kind; };

void main() {
    uint i = invocation_index();
    if (i < quads) STORE(y, i, activation(kind, LOAD(x, i)));
}
