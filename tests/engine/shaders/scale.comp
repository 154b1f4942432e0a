#version 450
#extension GL_GOOGLE_include_directive : require
// scale: y[i] = factor * x[i] for i < quads.
//   x        [quads] tensor quads
//   y        [quads] tensor quads
// One invocation writes one quad; constant 0 is the workgroup's size.
// variants: storage load
#include "tensor.glsl"
layout(local_size_x_id = 0) in;
TENSOR_IN(0, x)
TENSOR_OUT(1, y)
layout(push_constant) uniform Push { uint quads; float factor; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    if (i < quads) STORE(y, i, factor * LOAD(x, i));
}
